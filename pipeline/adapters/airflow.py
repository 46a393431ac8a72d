"""Airflow's programs, started as commands with a home of their own; Airflow is never imported here.

Airflow 3.3 makes no connection to the outside by itself (watched with an audit hook and in an empty network namespace)
and writes below ``AIRFLOW_HOME`` only. Its own secrets (what it signs tokens and encrypts with) are random and lie in
``airflow.cfg``, which it writes at its first start and only the owner reads.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.errors import CannotRun
from pipeline.settings import CHECKOUT

MIGRATION_LIMIT = 300.0
GRACE = 10.0
LOG_TAIL = 200_000
SHOWN_REASONS = 3
LOOPBACK = "127.0.0.1,localhost"
PROGRAM = (sys.executable, "-P", "-m", "airflow")
"""-P: what lies in the working directory is none of its modules."""


@dataclass(frozen=True, slots=True)
class Airflow:
    """Airflow below ``home`` (a ``SITREP_HOME``). ``environ`` is what its tasks see, with the settings of Sitrep."""

    home: Path
    environ: Mapping[str, str]

    @property
    def folder(self) -> Path:
        """Airflow's own home: its database, its secrets and the logs of its tasks."""
        return self.home / "airflow"

    @property
    def task_logs(self) -> Path:
        """The folder of the logs of tasks, a folder for each DAG in it."""
        return self.folder / "logs"

    @property
    def log(self) -> Path:
        """Where the output of every command goes, one JSON object a line."""
        return self.home / "logs" / "airflow.log"

    @property
    def environment(self) -> dict[str, str]:
        """The whole environment of a command; an Airflow of the user's own is left out of it."""
        kept = {name: value for name, value in self.environ.items() if not name.startswith("AIRFLOW")}
        return kept | {
            "AIRFLOW_HOME": str(self.folder),
            "AIRFLOW__CORE__DAGS_FOLDER": str(CHECKOUT / "dags"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            # The default asks the name server for this machine's full name.
            "AIRFLOW__CORE__HOSTNAME_CALLABLE": "socket.gethostname",
            "AIRFLOW__LOGGING__JSON_LOGS": "True",
            "PYTHONWARNINGS": "ignore",
            **self._no_proxy,
        }

    @property
    def _no_proxy(self) -> dict[str, str]:
        """Airflow's parts talk to each other over loopback, which no proxy of the user's should carry."""
        names = ("no_proxy", "NO_PROXY")
        said = next((self.environ[name] for name in names if self.environ.get(name)), "")
        return dict.fromkeys(names, ",".join(filter(None, (said, LOOPBACK))))

    def migrate(self) -> None:
        """Create or upgrade the metadata database; about 4 s. Raises ``CannotRun``."""
        self._run(["db", "migrate"], MIGRATION_LIMIT)

    def forget(self, before: datetime) -> None:
        """Remove finished runs and what belongs to them from the database; about 5 s. Raises ``CannotRun``."""
        self._run(
            ["db", "clean", "--clean-before-timestamp", before.isoformat(), "--skip-archive", "--yes"], MIGRATION_LIMIT
        )

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
                status = _finish([*PROGRAM, *arguments], self.environment, log, limit)
        except OSError as error:
            raise CannotRun(f"cannot run '{command}' in {self.home}: {error.strerror}; set SITREP_HOME") from None
        except subprocess.TimeoutExpired:
            raise CannotRun(f"'{command}' took longer than {limit:.0f} s and was stopped; see {self.log}") from None
        if status:
            raise CannotRun("\n".join([f"'{command}' failed; see {self.log}", *reasons(self.log, start)]))

    def _make_folders(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)


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


def reasons(log: Path, start: int = 0) -> list[str]:
    """Why the command that wrote ``log`` from byte ``start`` on failed: its exceptions, or else its last lines."""
    lines = [line for line in _tail(log, start).splitlines() if line.strip()]
    return list(dict.fromkeys(_raised(lines) or lines))[-SHOWN_REASONS:]


def exceptions(log: Path) -> list[str]:
    """What was raised by those who wrote ``log``, the last ones last; each as ``Type: message``."""
    return _raised(_tail(log, 0).splitlines())


def _tail(log: Path, start: int) -> str:
    with suppress(OSError), log.open("rb") as file:
        file.seek(max(start, log.stat().st_size - LOG_TAIL))
        return file.read().decode("utf-8", "replace")
    return ""


def _raised(lines: Sequence[str]) -> list[str]:
    return [text for line in lines for text in _exceptions(line)]


def _exceptions(line: str) -> list[str]:
    """The innermost exception of an event; programs and tasks keep it under different names."""
    try:
        event = json.loads(line)
        told = event.get("exception") or event["error_detail"]
        return [f"{raised['exc_type']}: {raised['exc_value']}" for raised in told[:1]]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []
