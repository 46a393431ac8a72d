"""A ledger as it is after many rounds: invented stories with their entries, versions, signatures and bands."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select

from pipeline.adapters.ledger import schema
from pipeline.adapters.ledger.codec import entry_to_json
from pipeline.adapters.ledger.database import Ledger
from pipeline.adapters.ledger.schema import entries, stories, story_bands, story_signatures, story_urls, versions
from pipeline.model import Entry
from pipeline.stages.fold.signature import SAMPLE, Signature, bands_of

BATCH = 5_000
FEED = "remembered"
TEXT = "what was told then " * 40
A_YEAR = 365 * 86_400
"""Seconds: the stories lie evenly over the year before."""


def fill_ledger(url: str, count: int, now: datetime) -> None:
    """Write ``count`` stories, all delivered, into the ledger at this SQLAlchemy URL; the same ones each time."""
    chance = random.Random(count)  # noqa: S311 (invented data)
    with Ledger(url) as ledger:
        for begin in range(0, count, BATCH):
            batch = [_Remembered(n, count, now, chance) for n in range(begin, min(count, begin + BATCH))]
            with ledger.write() as connection:
                for table in (stories, entries, story_urls, versions, story_signatures, schema.deliveries):
                    connection.execute(insert(table), [one.row(table.name) for one in batch])
                # In order: a million rows dropped all over the tree would measure the disk.
                connection.execute(insert(story_bands), sorted(_bands(batch), key=lambda row: row["band"]))
        with ledger.write() as connection:
            _count_on(connection)


def _count_on(connection: Connection) -> None:
    """On PostgreSQL the numbers of new rows go on after those that were given; SQLite does so by itself."""
    if connection.dialect.name == "postgresql":
        for column in (entries.c.id, story_signatures.c.number):
            sequence = func.pg_get_serial_sequence(column.table.name, column.name)
            connection.execute(select(func.setval(sequence, select(func.max(column)).scalar_subquery())))


class _Remembered:
    def __init__(self, number: int, count: int, now: datetime, chance: random.Random) -> None:
        self.number = number + 1
        self.id = f"{chance.getrandbits(128):032x}"
        self.at = now - timedelta(seconds=A_YEAR * (count - number) / count)
        self.url = f"https://remembered.example/{self.id}"
        self.signature = _signature(chance)
        self._rows = self._all_rows()

    def row(self, table: str) -> dict[str, Any]:
        return self._rows[table]

    def _all_rows(self) -> dict[str, dict[str, Any]]:
        told = {"title": f"Remembered {self.number}", "text": TEXT, "content_source": "feed", "rules_digest": "0" * 64}
        entry = Entry(self.id, self.url, told["title"])
        return {
            "stories": {
                **told,
                "id": self.id,
                "url": self.url,
                "summary": "",
                "authors": [],
                "sources": [FEED],
                "first_seen_at": self.at,
                "updated_at": self.at,
                "version": 1,
                "revision": 1,
                "cluster_id": self.id,
                "topics": [],
                "text_digest": self.signature.digest,
                "revised_run": "before",
            },
            "entries": {
                "id": self.number,
                "feed_id": FEED,
                "key": self.id,
                "url": self.url,
                "url_id": self.id,
                "story_id": self.id,
                "state": "stored",
                "item": entry_to_json(entry),
                "digest": "0" * 64,
                "first_seen_at": self.at,
                "last_seen_at": self.at,
            },
            "story_urls": {"url_id": self.id, "story_id": self.id},
            "versions": {**told, "story_id": self.id, "version": 1, "at": self.at, "removed": []},
            "story_signatures": {
                "number": self.number,
                "story_id": self.id,
                "first_seen_at": self.at,
                "signature": self.signature.pack(),
            },
            "deliveries": {"story_id": self.id, "revision": 1, "indexed_at": self.at},
        }


def _signature(chance: random.Random) -> Signature:
    """Of a text of 260 words that shares no phrase with any other."""
    shingles = sorted(chance.getrandbits(32) for _ in range(SAMPLE))
    packed = b"".join(value.to_bytes(4, "little") for value in shingles)
    return Signature(260, f"{chance.getrandbits(256):064x}", packed, packed[:64], b"", chance.getrandbits(32), b"", 0)


def _bands(batch: list[_Remembered]) -> Iterator[dict[str, int]]:
    for one in batch:
        yield from ({"band": band, "number": one.number} for band in set(bands_of(one.signature)))
