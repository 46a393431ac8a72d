"""What is kept only for a time: raw pages, the fetch log, the history of runs, what sites ask of robots."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.adapters.archive import Archive
from pipeline.adapters.ledger import bands, feeds, host_slots, pruning
from pipeline.adapters.ledger.database import Ledger
from pipeline.settings import Settings

ROBOTS_KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Pruned:
    """What went: files of the archive and their bytes, rows of the fetch log, runs."""

    files: int
    bytes: int
    fetches: int
    runs: int


def prune(settings: Settings, now: datetime) -> Pruned:
    """Remove what is older than the retention settings say. What is pending is never touched. Safe to repeat."""
    archive = Archive(settings.raw_archive_url)
    oldest = (now - timedelta(days=settings.retain_raw_days)).date()
    with Ledger(settings.ledger_url) as ledger:
        # The ledger first: a crash leaves files that nothing points to, never a pointer to no file.
        with ledger.write() as connection:
            pruning.forget_files(connection, oldest)
        files, size = archive.remove_before(oldest)
        with ledger.write() as connection:
            fetches = pruning.remove_fetches(connection, now - timedelta(days=settings.retain_fetches_days))
            runs = pruning.remove_runs(connection, now - timedelta(days=settings.retain_runs_days))
            feeds.forget_robots(connection, now - ROBOTS_KEPT)
            host_slots.forget(connection)
        _forget_signatures(ledger, now - timedelta(days=settings.copy_window_days))
    return Pruned(len(files), size, fetches, runs)


def _forget_signatures(ledger: Ledger, before: datetime) -> None:
    """Copies are looked for among the texts of the window; a little at a time, so that no round waits long."""
    gone = 1
    while gone:
        with ledger.write() as connection:
            gone = bands.forget_before(connection, before)
