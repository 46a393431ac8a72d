"""News of the rounds while ``up`` runs: those that ended, from the ledger, and those that failed, from Airflow."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipeline.adapters.airflow import exceptions
from pipeline.adapters.airflow_api import AirflowApi, FailedRun
from pipeline.adapters.ledger.database import Ledger
from pipeline.adapters.ledger.overview import PastRun, past_runs

DAG = "ingest"
LAST = 20
"""So many of the last rounds are looked at; far more than can end between two looks."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A run that Airflow shows as failed, and the last words of its tasks."""

    run: FailedRun
    reasons: tuple[str, ...]


class EndedRounds:
    """Tells of each round once, when it has ended; not of those before the first look."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._known = {run.id for run in self._ended()}

    def fresh(self) -> tuple[PastRun, ...]:
        """Those that ended since the last call, in the order of their start."""
        ended = self._ended()
        fresh = [run for run in reversed(ended) if run.id not in self._known]
        self._known = {run.id for run in ended}
        return tuple(fresh)

    def _ended(self) -> list[PastRun]:
        with self._ledger.read() as connection:
            return [run for run in past_runs(connection, LAST) if run.ended_at is not None]


class FailedRuns:
    """Tells once of each run that Airflow shows as failed; of a round the ledger may never have heard."""

    def __init__(self, api: AirflowApi, logs: Path, since: datetime) -> None:
        """``logs``: the folder of Airflow's task logs."""
        self._api, self._logs, self._since = api, logs, since

    def fresh(self) -> Iterator[Failure]:
        """Raises ``NoAnswer``."""
        for run in self._api.failed_runs(self._since):
            if run.ended_at > self._since:
                self._since = run.ended_at
                yield Failure(run, last_words(self._logs, run))


def last_words(logs: Path, run: FailedRun) -> tuple[str, ...]:
    """What the tasks of a run raised in their last try, in the order in which they gave up."""
    folder = logs / f"dag_id={run.dag_id}" / f"run_id={run.id}"
    tries = sorted(folder.glob("task_id=*/attempt=*.log"), key=lambda log: log.stat().st_mtime)
    last = {log.parent: log for log in tries}
    return tuple(dict.fromkeys(words for log in last.values() for words in exceptions(log)[-1:]))
