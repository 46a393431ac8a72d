"""Stories whose newest revision has not reached the index. A row goes only when exactly that revision was accepted."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select, update

from pipeline.adapters.ledger.schema import deliveries, outbox, stories
from pipeline.adapters.ledger.stories import story_of
from pipeline.adapters.ledger.upsert import upsert
from pipeline.model import Story

CHUNK = 500
_ARRIVED = delete(outbox).where(
    outbox.c.story_id == bindparam("sent_id"), outbox.c.revision <= bindparam("sent_revision")
)


def waiting(connection: Connection) -> int:
    """How many stories wait for the index (dead letters are not waiting: another try would end the same way)."""
    return connection.execute(select(func.count()).where(outbox.c.dead.is_(False))).scalar_one()


def dead_letters(connection: Connection, limit: int) -> list[tuple[str, str]]:
    """(URL, what the index said) of stories that it refused for good, by id."""
    rows = connection.execute(
        select(stories.c.url, outbox.c.problem)
        .join(outbox, outbox.c.story_id == stories.c.id)
        .where(outbox.c.dead.is_(True))
        .order_by(stories.c.id)
        .limit(limit)
    )
    return [(row.url, row.problem or "") for row in rows]


def batch(connection: Connection, after: str, size: int) -> list[Story]:
    """The next waiting stories by id."""
    rows = connection.execute(
        select(stories)
        .join(outbox, outbox.c.story_id == stories.c.id)
        .where(outbox.c.dead.is_(False), stories.c.id > after)
        .order_by(stories.c.id)
        .limit(size)
    ).mappings()
    return [story_of(row) for row in rows]


def queued_at(connection: Connection, story_ids: Sequence[str]) -> dict[str, datetime]:
    """Since when these stories wait, as ``accepted`` wants to know it."""
    rows = connection.execute(select(outbox.c.story_id, outbox.c.queued_at).where(outbox.c.story_id.in_(story_ids)))
    return {row.story_id: row.queued_at for row in rows}


def accepted(
    connection: Connection,
    sent: Sequence[tuple[str, int]],
    now: datetime,
    queued: Mapping[str, datetime] | None = None,
) -> None:
    """The index holds these (story id, revision) or newer ones.

    ``queued``: when the rows were queued that led to the sending. One that was queued again meanwhile stays, since what
    was sent may have gone to an index that has been replaced.
    """
    held = queued_at(connection, [story_id for story_id, _ in sent]) if queued is not None else {}
    done = [pair for pair in sent if queued is None or held.get(pair[0]) == queued.get(pair[0])]
    rows = [{"sent_id": story_id, "sent_revision": revision} for story_id, revision in done]
    if rows:
        connection.execute(_ARRIVED, rows)
    upsert(connection, deliveries, [{"story_id": i, "revision": r, "indexed_at": now} for i, r in sent])


def refused(connection: Connection, story_id: str, revision: int, problem: str, *, dead: bool) -> None:
    """The index did not take this revision; a dead letter stays out of the queue until its story changes."""
    connection.execute(
        update(outbox)
        .where(outbox.c.story_id == story_id, outbox.c.revision == revision)
        .values(problem=problem, dead=dead, attempts=outbox.c.attempts + 1)
    )


def delivery_of(connection: Connection, story_id: str) -> dict[str, Any]:
    """What is known of a story's way to the index."""
    done = connection.execute(select(deliveries).where(deliveries.c.story_id == story_id)).mappings().first()
    queued = connection.execute(select(outbox).where(outbox.c.story_id == story_id)).mappings().first()
    return {
        "indexed_revision": done["revision"] if done else None,
        "indexed_at": done["indexed_at"] if done else None,
        "state": ("dead letter" if queued["dead"] else "waiting") if queued else ("delivered" if done else "unknown"),
        "attempts": queued["attempts"] if queued else 0,
        "problem": queued["problem"] if queued else None,
    }


def queue_again(connection: Connection, story_ids: Sequence[str], now: datetime) -> None:
    """Have these stories sent once more as they are."""
    for start in range(0, len(story_ids), CHUNK):
        rows = connection.execute(
            select(stories.c.id, stories.c.revision).where(stories.c.id.in_(story_ids[start : start + CHUNK]))
        )
        fresh = {"queued_at": now, "attempts": 0, "problem": None, "dead": False}
        upsert(connection, outbox, [{"story_id": row.id, "revision": row.revision} | fresh for row in rows])
