"""Rounds: opened by the plan, counted from what their transactions wrote, closed with their report."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from pipeline.adapters.ledger.schema import fetches, runs
from pipeline.model import Problem, RecordRef

MAX_PROBLEMS = 1000
GOOD = ("changed", "not_modified", "fetched")
"""Outcomes of fetches that went well. Of a feed with one of them ``detail`` names the other that brings the same."""
_NEW_FETCH = fetches.insert()  # built once, as all that is written for every page


@dataclass(frozen=True, slots=True)
class Run:
    """One round. With ``fixed_clock`` every decision and stored time of the round is ``now``."""

    id: str
    now: datetime
    fixed_clock: bool
    started_at: datetime
    feeds_known: int
    feeds_due: int
    seconds: float
    indexed: int

    @property
    def fixed_moment(self) -> datetime | None:
        """What the round's clock stands at, where it is no real one."""
        return self.now if self.fixed_clock else None


def open_run(connection: Connection, run: Run) -> None:
    values = {name: getattr(run, name) for name in Run.__slots__}
    connection.execute(runs.insert().values(values))


def load(connection: Connection, run_id: str) -> Run | None:
    row = connection.execute(select(*[runs.c[name] for name in Run.__slots__]).where(runs.c.id == run_id)).first()
    return Run(**row._mapping) if row else None


def add(connection: Connection, run_id: str, *, seconds: float = 0.0, indexed: int = 0) -> None:
    """Add to the run's sums."""
    connection.execute(
        update(runs)
        .where(runs.c.id == run_id)
        .values(seconds=runs.c.seconds + seconds, indexed=runs.c.indexed + indexed)
    )


def last_at_least(connection: Connection, run_id: str, seconds: float) -> None:
    """The run took no less than this: of collectors that work side by side, the longest counts."""
    connection.execute(update(runs).where(runs.c.id == run_id, runs.c.seconds < seconds).values(seconds=seconds))


def close_run(connection: Connection, run_id: str, ended_at: datetime, report: dict[str, Any]) -> None:
    connection.execute(update(runs).where(runs.c.id == run_id).values(ended_at=ended_at, report=report))


def record_fetch(connection: Connection, values: dict[str, Any]) -> int:
    """Write one fetch (columns of ``fetches``); returns its id."""
    key: Any = connection.execute(_NEW_FETCH, values).inserted_primary_key
    return int(key[0])


def record_fetches(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write many fetches at once. A row may lack what may be empty, such as ``detail`` where nothing went wrong."""
    if rows:
        names = {name for row in rows for name in row}
        connection.execute(_NEW_FETCH, [{name: row.get(name) for name in names} for row in rows])


def feed_sums(connection: Connection, run_id: str) -> tuple[dict[str, int], int, dict[str, int]]:
    """Of one run's polled feeds: counts by outcome, entries seen, and outcomes settled while recording."""
    of_run = (fetches.c.run_id == run_id) & (fetches.c.kind == "feed")
    by_outcome = {
        row[0]: row[1]
        for row in connection.execute(select(fetches.c.outcome, func.count()).where(of_run).group_by(fetches.c.outcome))
    }
    settled: dict[str, int] = {}
    seen = 0
    for row in connection.execute(select(fetches.c.seen, fetches.c.settled).where(of_run)):
        seen += row.seen
        for outcome, count in row.settled.items():
            settled[outcome] = settled.get(outcome, 0) + count
    return by_outcome, seen, settled


def problems(connection: Connection, run_id: str) -> tuple[Problem, ...]:
    """What went wrong in a run, in order of time, the first ``MAX_PROBLEMS``."""
    is_double = (fetches.c.kind == "feed") & fetches.c.outcome.in_(GOOD) & fetches.c.detail.is_not(None)
    rows = connection.execute(
        select(fetches)
        .where(fetches.c.run_id == run_id, fetches.c.outcome.not_in(GOOD) | is_double)
        .order_by(fetches.c.id)
        .limit(MAX_PROBLEMS)
    )
    return tuple(
        Problem(
            row.feed_id, row.url, "same_feed" if row.outcome in GOOD else row.outcome, row.detail or "", row.retry_at
        )
        for row in rows
    )


def fetches_of(connection: Connection, entry_ids: list[int]) -> list[dict[str, Any]]:
    """The page fetches made for these entries, oldest first, as plain mappings for ``explain``."""
    wanted = [column for column in fetches.c if column.name not in ("kind", "feed_id", "entry_id", "seen", "settled")]
    rows = connection.execute(select(*wanted).where(fetches.c.entry_id.in_(entry_ids)).order_by(fetches.c.id))
    return [dict(row._mapping) for row in rows]


def reports(connection: Connection) -> list[dict[str, Any]]:
    """The reports of all closed runs, oldest first."""
    rows = connection.execute(select(runs.c.report).where(runs.c.report.is_not(None)).order_by(runs.c.started_at))
    return list(rows.scalars())


def archived_document(connection: Connection, feed_id: str) -> RecordRef | None:
    """Where the last document of a feed lies in the archive, if it is still there."""
    kept = (fetches.c.feed_id == feed_id) & (fetches.c.kind == "feed") & fetches.c.file.is_not(None)
    last = select(fetches.c.file, fetches.c.offset).where(kept).order_by(fetches.c.id.desc()).limit(1)
    row = connection.execute(last).first()
    return RecordRef(row.file, row.offset) if row is not None else None


def archived(connection: Connection, fetch_id: int | None) -> RecordRef | None:
    """Where the answer to a fetch lies in the archive, if it was kept."""
    row = connection.execute(select(fetches.c.file, fetches.c.offset).where(fetches.c.id == fetch_id)).first()
    return RecordRef(row.file, row.offset) if row is not None and row.file is not None else None
