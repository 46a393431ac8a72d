"""What Airflow would keep for ever: its logs and the history of its runs."""

from datetime import datetime, timedelta

from pipeline.adapters.airflow import Airflow
from pipeline.adapters.old_files import cut, remove_older

LOGS_KEPT = timedelta(days=30)
"""Of tasks; a round's report in the ledger is kept for longer."""
FORGET_EVERY = timedelta(days=1)
LONGEST_LOG = 20_000_000


def cut_logs(airflow: Airflow) -> None:
    """Cut the output of the programs where it has grown too long, keeping the last piece as ``….log.1``."""
    for log in airflow.log.parent.glob("airflow*.log"):
        cut(log, LONGEST_LOG)


def remove_task_logs(airflow: Airflow, now: float) -> None:
    """``now``: seconds since 1970."""
    remove_older(airflow.task_logs, now - LOGS_KEPT.total_seconds())


def forget_history(airflow: Airflow, kept: timedelta, cleared_at: datetime | None, now: datetime) -> bool:
    """Once a day remove older runs from Airflow's database; True if it was done. Raises ``CannotRun``."""
    if cleared_at is not None and now - cleared_at < FORGET_EVERY:
        return False
    airflow.forget(now - kept)
    return True
