"""What an audit of so many stories costs: CPU and memory of the ``sitrep audit`` process.

    python -m bench.speed.audit [--stories 10000 100000 1000000]

Ledger (SQLite) and local Elasticsearch hold the same invented stories; of the documents only what an audit reads is
there. Exit status 1 where an audit finds a difference. Linux only; a million stories take minutes and 5 GB.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from bench import measure
from bench.home import SITREP, environment_of
from bench.speed.filling import fill_ledger
from pipeline.adapters.ledger import stories
from pipeline.adapters.ledger.database import Ledger
from pipeline.settings import Settings

NOW = datetime(2024, 10, 21, 12, tzinfo=UTC)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--stories", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    counts = options.parse_args().stories
    with tempfile.TemporaryDirectory() as name:
        server = environment_of(Path(name), "audited")
        try:
            started = json.loads(measure.run([SITREP, "node", "start", "--json"], server).output)
            return max([_audit(Path(name) / str(count), count, started["url"]) for count in counts])
        finally:
            measure.run([SITREP, "node", "stop"], server)


def _audit(folder: Path, count: int, url: str) -> int:
    folder.mkdir()
    environment = environment_of(folder, f"audited-{count}") | {"SITREP_ELASTICSEARCH_URL": url}
    settings = Settings(home=folder / "home", elasticsearch_url=url, index=f"audited-{count}")
    settings.home.mkdir()
    fill_ledger(settings.ledger_url, count, NOW)
    measure.run([SITREP, "setup"], environment)
    _fill_index(settings)
    audited = measure.run([SITREP, "audit", "--json"], environment)
    print(f"{count:>9,} stories: {audited.cost.cpu:.1f} s CPU, {audited.cost.peak_memory / 1e6:.0f} MB", flush=True)
    if audited.status:
        print(audited.output[:1000], audited.errors[:1000], file=sys.stderr)
    return audited.status


def _fill_index(settings: Settings) -> None:
    from elasticsearch import Elasticsearch
    from elasticsearch.helpers import streaming_bulk

    with Elasticsearch(settings.elasticsearch_url or "", request_timeout=60) as client:
        for _ in streaming_bulk(client, _documents(settings), chunk_size=5000):
            """Each is there or an error is raised."""


def _documents(settings: Settings) -> Iterator[dict[str, object]]:
    with Ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        for story_id, revision, version in stories.all_revisions(connection):
            yield {
                "_index": f"{settings.index}-write",
                "_id": story_id,
                "version": revision,
                "version_type": "external",
                "_source": {"revision": revision, "version": version},
            }


if __name__ == "__main__":
    sys.exit(main())
