"""Forgetting by the retention settings. Entries, stories and versions stay for good: they would come back as new."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from pipeline.adapters.ledger.schema import entries, fetches, runs, versions

CHUNK = 500


def forget_files(connection: Connection, files: Sequence[str]) -> None:
    """The archive no longer holds these files."""
    for start in range(0, len(files), CHUNK):
        gone = fetches.c.file.in_(files[start : start + CHUNK])
        connection.execute(update(fetches).where(gone).values(file=None, offset=None))


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
