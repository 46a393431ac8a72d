"""Delivery from the outbox beside ``streaming_bulk`` alone, in turns, into one local Elasticsearch.

    python -m bench.speed.delivery [--stories 5000] [--database postgresql://…]

The stories are invented (3 KB of text each) and all wait in the ledger. Each turn goes into an index of its own.
Prints documents a second of the best turn of each, their ratio, and the CPU of this process for each document.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import update

from bench.speed.filling import fill_ledger
from bench.speed.growth import WORDS
from pipeline.adapters.ledger import outbox, stories
from pipeline.adapters.ledger.database import Ledger
from pipeline.adapters.ledger.schema import stories as story_table
from pipeline.adapters.local_node import LocalNode
from pipeline.flows.clock import system_clock
from pipeline.flows.deliver import deliver_waiting
from pipeline.settings import Settings, load_settings
from pipeline.stages.document import document

NOW = datetime(2024, 10, 21, 12, tzinfo=UTC)
TURNS = 3
LETTERS = 3000


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--stories", type=int, default=5000)
    options.add_argument("--database", help="an empty PostgreSQL database instead of a SQLite file")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        node = LocalNode(Path(folder) / "node", load_settings().cache)
        url = node.ensure(lambda message: print(message, file=sys.stderr))
        try:
            values = {"home": Path(folder) / "home", "elasticsearch_url": url, "database_url": given.database}
            _compare(Settings(**values), given.stories)
        finally:
            node.stop()


def _compare(settings: Settings, count: int) -> None:
    fill_ledger(settings.ledger_url, count, NOW)
    with Ledger(settings.ledger_url) as ledger:
        documents = _told(ledger)
        ours, bare = [], []
        for turn in range(TURNS):
            own = settings.model_copy(update={"index": f"delivery-{turn}"})
            with ledger.write() as connection:
                outbox.queue_again(connection, [told["_id"] for told in documents], system_clock())
            ours.append(_taken(lambda own=own: deliver_waiting(own, ledger, system_clock, print).indexed, count))
            bare.append(_taken(lambda turn=turn: _bulk_alone(settings, documents, turn), count))
    (rate, cpu), (bare_rate, bare_cpu) = max(ours), max(bare)
    print(
        f"{count:,} documents: {rate:.0f}/s delivered, {bare_rate:.0f}/s by streaming_bulk alone "
        f"({rate / bare_rate:.0%}); CPU here {cpu:.2f} and {bare_cpu:.2f} ms a document"
    )


def _told(ledger: Ledger) -> list[dict[str, Any]]:
    """Give the stories their texts; returns their documents."""
    chance = random.Random(11)  # noqa: S311 (invented texts)
    with ledger.write() as connection:
        every = stories.page_after(connection, "", 1_000_000)
        for story in every:
            text = " ".join(chance.choices(WORDS, k=LETTERS // 6))
            connection.execute(update(story_table).where(story_table.c.id == story.id).values(text=text))
        return [document(story) for story in stories.page_after(connection, "", 1_000_000)]


def _taken(work: Callable[[], int], count: int) -> tuple[float, float]:
    """Documents a second, and milliseconds of CPU for each."""
    wall, cpu = time.perf_counter(), time.process_time()
    done = work()
    if done != count:
        sys.exit(f"{done} of {count} documents arrived")
    return count / (time.perf_counter() - wall), 1000 * (time.process_time() - cpu) / count


def _bulk_alone(settings: Settings, documents: Sequence[dict[str, Any]], turn: int) -> int:
    from elasticsearch import Elasticsearch
    from elasticsearch.helpers import streaming_bulk

    with Elasticsearch(settings.elasticsearch_url, request_timeout=60) as client:
        body = next(iter(client.indices.get(index=f"delivery-{turn}").body.values()))
        analysis = {"index": {"analysis": body["settings"]["index"]["analysis"]}}
        name = f"alone-{turn}"
        client.indices.create(index=name, mappings=body["mappings"], settings=analysis)
        return sum(ok for ok, _ in streaming_bulk(client, _actions(documents, name)))


def _actions(documents: Sequence[dict[str, Any]], name: str) -> Iterator[dict[str, Any]]:
    for told in documents:
        fields = {field: value for field, value in told.items() if field != "_id"}
        yield {"_index": name, "_id": told["_id"], "_source": fields}


if __name__ == "__main__":
    main()
