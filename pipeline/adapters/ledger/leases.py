"""Leases: who works on what, until when. Times are the database's, so that no worker's clock counts.

A row is changed under its own lock only, never under the writers' turn: taking leases does not wait for a batch.
"""

from collections.abc import Callable, Collection, Iterable

from sqlalchemy import Connection, select, update

from pipeline.adapters.ledger.database_clock import database_now
from pipeline.adapters.ledger.schema import leases
from pipeline.adapters.ledger.upsert import insert_into

NOBODY = ""


def take(
    connection: Connection, names: Collection[str], holder: str, seconds: float, is_gone: Callable[[str], bool]
) -> frozenset[str]:
    """Take those of the leases that are free, have run out, or whose holder ``is_gone``; returns what was taken.

    A lease whose row another transaction has locked is being taken or prolonged right now, so it is passed over.
    """
    _make(connection, names)
    rows = connection.execute(
        select(leases, database_now().label("now"))
        .where(leases.c.name.in_(sorted(names)))
        .order_by(leases.c.name)
        .with_for_update(skip_locked=True)
    ).all()
    free = [row.name for row in rows if row.until <= row.now or row.holder == NOBODY or is_gone(row.holder)]
    if free:
        until = database_now() + seconds
        connection.execute(update(leases).where(leases.c.name.in_(free)).values(holder=holder, until=until))
    return frozenset(free)


def keep(connection: Connection, names: Collection[str], holder: str, seconds: float) -> bool:
    """Prolong the leases; false when one of them has another holder by now.

    One that has run out and that nobody has taken is kept: until the transaction ends, nobody can take it.
    """
    mine = leases.c.name.in_(sorted(names)) & (leases.c.holder == holder)
    # Always in one order: else two transactions of one holder might each wait for what the other has.
    ordered = select(leases.c.name).where(mine).order_by(leases.c.name).with_for_update()
    kept = connection.execute(update(leases).where(leases.c.name.in_(ordered)).values(until=database_now() + seconds))
    return kept.rowcount == len(names)


def give_back(connection: Connection, holder: str) -> None:
    """Free whatever ``holder`` holds."""
    connection.execute(update(leases).where(leases.c.holder == holder).values(holder=NOBODY, until=0.0))


def holders(connection: Connection, names: Collection[str]) -> dict[str, tuple[str, float]]:
    """Of those leases that are held: by whom, and until when."""
    rows = connection.execute(select(leases).where(leases.c.name.in_(sorted(names)), leases.c.holder != NOBODY))
    return {row.name: (row.holder, row.until) for row in rows}


def _make(connection: Connection, names: Iterable[str]) -> None:
    known = set(connection.execute(select(leases.c.name)).scalars())
    rows = [{"name": name, "holder": NOBODY, "until": 0.0} for name in sorted(set(names) - known)]
    if rows:
        connection.execute(insert_into(connection, leases).on_conflict_do_nothing(), rows)
