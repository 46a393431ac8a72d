"""What telling everything again costs beside `extract`, and how fast an index is rebuilt beside bulk alone."""

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench import measure
from bench.pages import RealPage
from pipeline.adapters.ledger import stories
from pipeline.adapters.ledger.database import Ledger
from pipeline.adapters.local_node import LocalNode
from pipeline.flows.reindex import reindex
from pipeline.settings import CHECKOUT, Settings
from pipeline.stages.document import document

SITREP = str(Path(sys.executable).with_name("sitrep"))


def show_reprocess(pages: Sequence[RealPage], environment: Mapping[str, str], folder: Path) -> None:
    """CPU a story of `reprocess --dry-run` under a changed topic, against CPU a page of the filter `extract`."""
    topics = folder / "topics"
    topics.mkdir()
    for file in (CHECKOUT / "config" / "topics").glob("*.yaml"):
        (topics / file.name).write_text(file.read_text("utf-8").replace("threshold: 0.5", "threshold: 0.51"), "utf-8")
    lines = folder / "pages.jsonl"
    lines.write_text(
        "".join(
            json.dumps({"id": p.path, "url": f"http://127.0.1.1{p.path}", "path": str(p.file.absolute())}) + "\n"
            for p in pages
        )
    )
    extract = measure.run(["sh", "-c", f"'{SITREP}' extract < '{lines}' > '{folder / 'out'}'"], environment)
    command = [SITREP, "reprocess", "--dry-run", "--json"]
    again = measure.run(command, {**environment, "SITREP_TOPICS": str(topics)})
    looked = json.loads(again.output)["looked"]
    one, other = again.cost.cpu / looked * 1000, extract.cost.cpu / len(pages) * 1000
    print(f"        reprocess: {one:.1f} ms CPU a story ({looked}); extract: {other:.1f} ms a page: {one / other:.2f}")


def show_reindex(environment: Mapping[str, str]) -> None:
    """Documents a second of a whole `reindex` against `streaming_bulk` alone with the same documents, in turns."""
    from elasticsearch import Elasticsearch
    from elasticsearch.helpers import streaming_bulk

    settings = Settings(home=Path(environment["SITREP_HOME"]), index=environment["SITREP_INDEX"])
    with Ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        documents = [document(story) for story in stories.page_after(connection, "", 1_000_000)]
    url = LocalNode(settings.home, settings.cache).ensure(print)
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
    best, alone = max(ours), max(bare)
    print(f"        reindex: {best:.0f} documents/s; streaming_bulk alone: {alone:.0f}: {best / alone:.2f}")


def _actions(documents: Sequence[Mapping[str, Any]], name: str) -> Iterator[dict[str, Any]]:
    """Fields apart from what the bulk helper reads itself: it takes a field ``version`` for the document's own."""
    for found in documents:
        fields = {key: value for key, value in found.items() if key != "_id"}
        yield {"_index": name, "_id": found["_id"], "_source": fields}
