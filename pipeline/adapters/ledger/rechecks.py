"""Stories whose pages are looked at again soon, since their outlet is known to correct what it has published."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, func, select

from pipeline.adapters.ledger import entries, stories
from pipeline.adapters.ledger.entries import OpenEntry
from pipeline.adapters.ledger.schema import corrections, rechecks
from pipeline.adapters.ledger.upsert import upsert
from pipeline.model import Story

KNOWN_AFTER = 3
REMEMBERED = timedelta(days=90)
"""So many corrections within so long make an outlet known for them."""

WAITS = (timedelta(hours=2), timedelta(hours=12), timedelta(hours=40))
"""After a story was first seen."""

# Built once, since every new story asks it.
_CORRECTIONS_SINCE = (
    select(func.count())
    .select_from(corrections)
    .where(corrections.c.feed_id == bindparam("feed"), corrections.c.at > bindparam("since"))
)


@dataclass(frozen=True, slots=True)
class Recheck:
    """``number`` looks of ``WAITS`` were taken before this one."""

    entry: OpenEntry
    number: int


def after_page(connection: Connection, entry: OpenEntry, before: Story | None, now: datetime) -> None:
    """The page of ``entry`` was told; ``before`` is its story as it was, if it had one.

    Another text of a page than before is a correction. A story new to the ledger is looked at again if its feed is
    known for those.
    """
    if before is not None:
        after = stories.load(connection, before.id)
        if after is not None and before.content_source == "page" and after.text != before.text:
            note_correction(connection, entry.feed_id, now)
        return
    of_feed = {"feed": entry.feed_id, "since": now - REMEMBERED}
    if connection.execute(_CORRECTIONS_SINCE, of_feed).scalar_one() >= KNOWN_AFTER:
        row = {"entry_id": entry.id, "feed_id": entry.feed_id, "first_seen_at": now, "number": 0}
        upsert(connection, rechecks, [row | {"due_at": now + WAITS[0]}])


def note_correction(connection: Connection, feed_id: str, now: datetime) -> None:
    connection.execute(delete(corrections).where(corrections.c.at <= now - REMEMBERED))
    connection.execute(corrections.insert().values(feed_id=feed_id, at=now))


def due(connection: Connection, now: datetime, feed_ids: Iterable[str]) -> list[Recheck]:
    """The looks whose time has come, of these feeds."""
    wanted = set(feed_ids)
    rows = connection.execute(select(rechecks).where(rechecks.c.due_at <= now).order_by(rechecks.c.due_at)).all()
    numbers = {row.entry_id: row.number for row in rows if row.feed_id in wanted}
    return [Recheck(entry, numbers[entry.id]) for entry in entries.load_open(connection, list(numbers))]


def taken(connection: Connection, entry_ids: Sequence[int], now: datetime) -> None:
    """These looks were taken, whatever they showed: the next one is due in its time, if there is one."""
    rows = connection.execute(select(rechecks).where(rechecks.c.entry_id.in_(entry_ids))).all()
    connection.execute(delete(rechecks).where(rechecks.c.entry_id.in_(entry_ids)))
    later = [(row, row.number + 1) for row in rows if row.number + 1 < len(WAITS)]
    again = [
        {
            "entry_id": row.entry_id,
            "feed_id": row.feed_id,
            "first_seen_at": row.first_seen_at,
            "number": number,
            "due_at": max(row.first_seen_at + WAITS[number], now + WAITS[0]),
        }
        for row, number in later
    ]
    upsert(connection, rechecks, again)
