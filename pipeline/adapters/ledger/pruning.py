"""Forgetting by the retention settings. Entries, stories and versions stay for good: they would come back as new."""

from datetime import date, datetime

from sqlalchemy import Connection, delete, select, update

from pipeline.adapters.ledger.schema import entries, fetches, runs, versions


def forget_files(connection: Connection, day: date) -> None:
    """The archive's files of all days before ``day`` go: by their names, which begin with the day's folders."""
    old = fetches.c.file < f"{day:%Y/%m/%d}/"
    connection.execute(update(fetches).where(old).values(file=None, offset=None))


def remove_fetches(connection: Connection, before: datetime) -> int:
    """Remove old rows of the fetch log; those stay that a pending entry or a page in the archive still needs."""
    pending = select(entries.c.id).where(entries.c.state == "pending")
    told = select(versions.c.fetch_id).where(versions.c.fetch_id.is_not(None))
    kept = (fetches.c.entry_id.is_not(None) & fetches.c.entry_id.in_(pending)) | (
        fetches.c.file.is_not(None) & fetches.c.id.in_(told)
    )
    return connection.execute(delete(fetches).where(fetches.c.at < before, ~kept)).rowcount


def remove_runs(connection: Connection, before: datetime) -> int:
    """Remove old rounds, but none that a pending entry was sighted in."""
    open_runs = select(entries.c.sighted_run).where(entries.c.state == "pending", entries.c.sighted_run.is_not(None))
    old = (runs.c.started_at < before) & runs.c.id.not_in(open_runs)
    return connection.execute(delete(runs).where(old)).rowcount
