"""One request at a time to a host, and the gap after it, whichever collector asks.

Times are the database's. Each function is one short statement or two on the host's own row.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, delete, or_, select, update

from pipeline.adapters.ledger.database_clock import database_now
from pipeline.adapters.ledger.schema import host_slots
from pipeline.adapters.ledger.upsert import insert_into, upsert

GAP_BELIEVED = 24 * 3600.0
"""Seconds for which what a site has asked for counts, for other collectors and later rounds: a robots.txt's life."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One collector's request: ``gap`` seconds after the latest one, ``hold`` seconds at most under way.

    ``stated`` is the gap that the site itself asks for, 0 where this collector knows of none.
    """

    host: str
    holder: str
    gap: float
    hold: float
    stated: float = 0.0


def take(connection: Connection, wish: Wish) -> float:
    """Take the host's slot: 0 when it is taken, else the seconds after which asking again makes sense."""
    now = database_now()
    row = {"holder": wish.holder, "busy_until": now + wish.hold, "last_at": now, **_stated(wish)}
    unknown = {"host": wish.host, "gap": 0.0, "gap_until": 0.0}
    is_free = and_(
        host_slots.c.busy_until <= now,
        host_slots.c.last_at + wish.gap <= now,
        or_(host_slots.c.gap_until <= now, host_slots.c.last_at + host_slots.c.gap <= now),
    )
    taken = connection.execute(
        insert_into(connection, host_slots)
        .values(unknown | row)
        .on_conflict_do_update(index_elements=["host"], set_=row, where=is_free)
        .returning(host_slots.c.host)
    ).first()
    return 0.0 if taken else _seconds_to_wait(connection, wish)


def give_back(connection: Connection, wish: Wish) -> None:
    """The request has ended: the gap begins now. Nothing happens where the slot has run out and is another's."""
    mine = (host_slots.c.host == wish.host) & (host_slots.c.holder == wish.holder)
    now = database_now()
    connection.execute(update(host_slots).where(mine).values(holder="", busy_until=0.0, last_at=now, **_stated(wish)))


def kept_gaps(connection: Connection, now: datetime) -> dict[str, float]:
    """The gaps in seconds that hosts have asked for, as far as they still hold."""
    row = host_slots.c
    rows = connection.execute(select(row.host, row.gap).where(row.gap > 0, row.gap_until > now.timestamp()))
    return {found.host: found.gap for found in rows}


def keep_gaps(connection: Connection, gaps: Mapping[str, float], now: datetime) -> None:
    """Remember these for the next rounds of a collector that takes no slots, since it works alone."""
    at = now.timestamp()
    fresh = {"holder": "", "busy_until": 0.0, "last_at": at, "gap_until": at + GAP_BELIEVED}
    upsert(connection, host_slots, [{"host": host, "gap": gap} | fresh for host, gap in gaps.items()])


def forget(connection: Connection) -> None:
    """Drop the hosts that nobody has asked for so long that no gap of theirs can hold any more."""
    longest_ago = database_now() - GAP_BELIEVED
    row = host_slots.c
    connection.execute(delete(host_slots).where(row.last_at < longest_ago, row.busy_until <= database_now()))


def _stated(wish: Wish) -> dict[str, object]:
    return {"gap": wish.stated, "gap_until": database_now() + GAP_BELIEVED} if wish.stated else {}


def _seconds_to_wait(connection: Connection, wish: Wish) -> float:
    """Until the gap is over; a request under way may end any time, so that is looked at every second."""
    now, row = database_now().label("now"), host_slots.c
    columns = (now, row.busy_until, row.last_at, row.gap, row.gap_until)
    found = connection.execute(select(*columns).where(row.host == wish.host)).first()
    if found is None:  # forgotten this very moment
        return 0.01
    gap = max(wish.gap, found.gap if found.gap_until > found.now else 0.0)
    rest: float = max(found.last_at + gap - found.now, 0.0)
    if found.busy_until > found.now:
        rest = max(rest, min(found.busy_until - found.now, 1.0))
    return max(rest, 0.01)
