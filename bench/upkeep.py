"""What telling everything again costs beside `extract`, and how fast an index is rebuilt beside bulk alone."""

import json
import re
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench import measure
from bench.home import SITREP
from bench.pages import RealPage
from pipeline.adapters.ledger import stories
from pipeline.adapters.ledger.database import Ledger
from pipeline.flows.reindex import reindex
from pipeline.settings import CHECKOUT, Settings
from pipeline.stages.document import document

THRESHOLD = re.compile(r"^threshold: .*$", re.MULTILINE)


def reprocess_cost(
    pages: Sequence[RealPage], environment: Mapping[str, str], folder: Path
) -> tuple[int, float, float, float]:
    """Stories told again, CPU seconds of each by `reprocess --dry-run`, of a page by `extract`, and of one not changed.

    A topic is changed a little, so that all is told again; under equal rules nothing is.
    """
    topics = folder / "topics"
    shutil.copytree(CHECKOUT / "config" / "topics", topics)
    for file in topics.glob("*.yaml"):
        file.write_text(THRESHOLD.sub("threshold: 0.51", file.read_text("utf-8")), "utf-8")
    lines = folder / "pages.jsonl"
    lines.write_text("".join(map(_line, pages)), "utf-8")
    extract = measure.run(["sh", "-c", f"'{SITREP}' extract < '{lines}' > '{folder / 'out'}'"], environment)
    command = [SITREP, "reprocess", "--dry-run", "--json"]
    again = measure.run(command, {**environment, "SITREP_TOPICS": str(topics)})
    idle = measure.run(command, environment)
    for outcome in (extract, again, idle):
        if outcome.status != 0:
            sys.exit(f"a command failed:\n{outcome.errors}")
    looked = json.loads(again.output)["looked"]
    return looked, again.cost.cpu / looked, extract.cost.cpu / len(pages), idle.cost.cpu / looked


def _line(page: RealPage) -> str:
    row = {"id": page.path, "url": f"http://127.0.1.1{page.path}", "path": str(page.file.absolute())}
    return json.dumps(row) + "\n"


def reindex_rates(environment: Mapping[str, str], url: str) -> tuple[float, float]:
    """Documents a second of a whole `reindex`, and of `streaming_bulk` alone with the same, in turns; best of three."""
    from elasticsearch import Elasticsearch
    from elasticsearch.helpers import streaming_bulk

    settings = Settings(home=Path(environment["SITREP_HOME"]), index=environment["SITREP_INDEX"], elasticsearch_url=url)
    with Ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        documents = [document(story) for story in stories.page_after(connection, "", 1_000_000)]
    with Elasticsearch(url, request_timeout=60) as client:
        schema = client.indices.get(index=settings.index).body
        body = next(iter(schema.values()))
        mappings, analysis = body["mappings"], body["settings"]["index"]["analysis"]
        ours, bare = [], []
        for turn in range(3):
            begun = time.monotonic()
            reindex(settings, print)
            ours.append(len(documents) / (time.monotonic() - begun))
            name = f"bulk-alone-{turn}"
            client.indices.create(index=name, mappings=mappings, settings={"index": {"analysis": analysis}})
            begun = time.monotonic()
            sum(1 for _ in streaming_bulk(client, _actions(documents, name)))
            bare.append(len(documents) / (time.monotonic() - begun))
            client.indices.delete(index=name)
    return max(ours), max(bare)


def _actions(documents: Sequence[Mapping[str, Any]], name: str) -> Iterator[dict[str, Any]]:
    """Fields apart from what the bulk helper reads itself: it takes a field ``version`` for the document's own."""
    for found in documents:
        fields = {key: value for key, value in found.items() if key != "_id"}
        yield {"_index": name, "_id": found["_id"], "_source": fields}
