"""Airflow's programs, started as commands with a home of their own; Airflow is never imported here.

Airflow 3.3 makes no connection to the outside by itself (watched with an audit hook and in an empty network namespace)
and writes below ``AIRFLOW_HOME`` only. Its own secrets are random and lie in ``airflow.cfg``, which only the owner reads.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import CannotRun
from pipeline.settings import CHECKOUT

MIGRATION_LIMIT = 300.0
GRACE = 10.0
LOG_TAIL = 200_000
SHOWN_REASONS = 3


@dataclass(frozen=True, slots=True)
class Airflow:
    """Airflow below ``home`` (a ``SITREP_HOME``). ``environ`` is what its tasks see, with the settings of Sitrep."""

    home: Path
    environ: Mapping[str, str]

    @property
    def log(self) -> Path:
        """Where the output of every command goes, one JSON object a line."""
        return self.home / "logs" / "airflow.log"

    @property
    def environment(self) -> dict[str, str]:
        """The whole environment of a command; an Airflow of the user's own is left out of it."""
        kept = {name: value for name, value in self.environ.items() if not name.startswith("AIRFLOW")}
        return kept | {
            "AIRFLOW_HOME": str(self.home / "airflow"),
            "AIRFLOW__CORE__DAGS_FOLDER": str(CHECKOUT / "dags"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            # The default asks the name server for this machine's full name.
            "AIRFLOW__CORE__HOSTNAME_CALLABLE": "socket.gethostname",
            "AIRFLOW__LOGGING__JSON_LOGS": "True",
            "PYTHONWARNINGS": "ignore",
        }

    def migrate(self) -> None:
        """Create or upgrade the metadata database; about 4 s. Raises ``CannotRun``."""
        self._run(["db", "migrate"], MIGRATION_LIMIT)

    def run_dag(self, dag_id: str, conf: Mapping[str, Any], limit: float) -> None:
        """Run one DAG once, without a scheduler, for at most ``limit`` seconds; about 9 s beside the work itself.

        Raises ``CannotRun`` with the reasons of the failed tasks. A run whose tasks were skipped counts as done.
        """
        self._run(["dags", "test", dag_id, "--conf", json.dumps(dict(conf))], limit)

    def _run(self, arguments: Sequence[str], limit: float) -> None:
        command = " ".join(["airflow", *arguments[:3]])
        try:
            self._make_folders()
            start = self.log.stat().st_size if self.log.exists() else 0
            with self.log.open("ab") as log:
                status = _finish([sys.executable, "-m", "airflow", *arguments], self.environment, log, limit)
        except OSError as error:
            raise CannotRun(f"cannot run '{command}' in {self.home}: {error.strerror}; set SITREP_HOME") from None
        except subprocess.TimeoutExpired:
            raise CannotRun(f"'{command}' took longer than {limit:.0f} s and was stopped; see {self.log}") from None
        if status:
            raise CannotRun("\n".join([f"'{command}' failed; see {self.log}", *_reasons(self.log, start)]))

    def _make_folders(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        (self.home / "airflow").mkdir(mode=0o700, parents=True, exist_ok=True)


def _finish(command: Sequence[str], environment: Mapping[str, str], log: Any, limit: float) -> int:
    """Wait for a command in a process group of its own; leave nothing of it behind when that is cut short."""
    child = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True
    )
    try:
        return child.wait(limit)
    except BaseException:
        _stop_group(child)
        raise


def _stop_group(child: subprocess.Popen[bytes]) -> None:
    for signum in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signum)
        with suppress(subprocess.TimeoutExpired):
            child.wait(GRACE)


def _reasons(log: Path, start: int) -> list[str]:
    """Why the command that wrote ``log`` from ``start`` on failed: its exceptions, or else its last lines."""
    lines = [line for line in _tail(log, start).splitlines() if line.strip()]
    raised = [text for line in lines for text in _exceptions(line)]
    return list(dict.fromkeys(raised or lines))[-SHOWN_REASONS:]


def _tail(log: Path, start: int) -> str:
    with log.open("rb") as file:
        file.seek(max(start, log.stat().st_size - LOG_TAIL))
        return file.read().decode("utf-8", "replace")


def _exceptions(line: str) -> list[str]:
    try:
        event = json.loads(line)
        return [f"{raised['exc_type']}: {raised['exc_value']}" for raised in event["exception"][:1]]
    except (ValueError, KeyError, TypeError):
        return []
