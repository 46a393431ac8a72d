"""What an operator asks of the ledger at a glance: what waits, what the last rounds did, how much room it takes."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select, text

from pipeline.adapters.ledger.schema import entries, outbox, runs


@dataclass(frozen=True, slots=True)
class Backlog:
    """``pending`` entries are tried again, ``waiting`` stories are sent to the index, ``dead`` ones it refused."""

    pending: int = 0
    pending_due: int = 0
    """Those of the pending whose time has come."""
    next_retry_at: datetime | None = None
    """Of the pending, the earliest."""
    waiting: int = 0
    waiting_since: datetime | None = None
    dead: int = 0


@dataclass(frozen=True, slots=True)
class PastRun:
    """One round. ``report`` is what ``ingest --json`` prints; missing while it runs, or if it broke off."""

    id: str
    now: datetime
    started_at: datetime
    ended_at: datetime | None
    seconds: float
    report: dict[str, Any] | None


def backlog(connection: Connection, now: datetime) -> Backlog:
    """All that is not done yet."""
    pending = entries.c.state == "pending"
    counted = connection.execute(select(func.count(), func.min(entries.c.retry_at)).where(pending)).one()
    due = connection.execute(select(func.count()).where(pending, entries.c.retry_at <= now)).scalar_one()
    rows = connection.execute(select(outbox.c.dead, func.count(), func.min(outbox.c.queued_at)).group_by(outbox.c.dead))
    queued = {row[0]: (row[1], row[2]) for row in rows}
    waiting, since = queued.get(False, (0, None))
    return Backlog(counted[0], due, counted[1], waiting, since, queued.get(True, (0, None))[0])


def past_runs(connection: Connection, limit: int) -> tuple[PastRun, ...]:
    """The last rounds, newest first."""
    columns = [runs.c[name] for name in PastRun.__slots__]
    rows = connection.execute(select(*columns).order_by(runs.c.started_at.desc(), runs.c.id).limit(limit))
    return tuple(PastRun(**row._mapping) for row in rows)


def bytes_used(connection: Connection) -> int:
    """The room that the database takes: SQLite's files, or what PostgreSQL says of the whole database."""
    if connection.dialect.name == "postgresql":
        return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
    file = connection.execute(text("PRAGMA database_list")).one()[2]
    return sum(path.stat().st_size for end in ("", "-wal") if (path := Path(file + end)).is_file())
