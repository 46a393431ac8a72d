"""Airflow over several workers: API server, scheduler with CeleryExecutor, DAG processor, Celery workers."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.scale.servers import free_port, wait_for_port
from pipeline.adapters.airflow import PROGRAM, Airflow
from pipeline.adapters.airflow_services import API_SERVER, password, services

CELERY = {
    "CORE__EXECUTOR": "CeleryExecutor",
    "CELERY__WORKER_CONCURRENCY": "1",
    "CELERY__WORKER_PREFETCH_MULTIPLIER": "1",
    # A worker that is killed is missed after a minute, not after five.
    "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
    "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "10",
    "SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "30",
    "DATABASE__SQL_ALCHEMY_POOL_PRE_PING": "True",
}


@dataclass(slots=True)
class Fleet:
    """``home`` is Airflow's; ``settings`` are Sitrep's environment. Ends everything that it started."""

    home: Path
    settings: Mapping[str, str]
    metadata: str
    broker: str
    environment: dict[str, str] = field(default_factory=dict)
    _children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __enter__(self) -> "Fleet":
        port = free_port()
        airflow = Airflow(self.home, {**os.environ, **self.settings, **self._celery()})
        parts = services(airflow, port)
        # Airflow's own variables are left out of what its programs are given, so these come on top again.
        self.environment = {**parts[0].environment, **self._celery()}
        (self.home / "logs").mkdir(parents=True, exist_ok=True)
        (self.home / "airflow").mkdir(exist_ok=True)
        password(airflow)
        self._run("db", "migrate")
        try:
            for part in parts:
                self._start(part.name, part.command)
                if part.name == API_SERVER:
                    wait_for_port(port)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for name in list(self._children):
            self.kill(name, signal.SIGTERM)

    def add_worker(self, name: str) -> None:
        arguments = ("celery", "worker", "--skip-serve-logs", "--celery-hostname", f"{name}@%h")
        self._start(name, (*PROGRAM, *arguments))

    def kill(self, name: str, signum: int = signal.SIGKILL) -> None:
        """End a part with all its children, at once unless told otherwise."""
        child = self._children.pop(name)
        for step in (signum, signal.SIGKILL):
            try:
                os.killpg(child.pid, step)
                child.wait(20)
            except subprocess.TimeoutExpired:
                continue
            except ProcessLookupError:
                pass
            break

    def _start(self, name: str, command: tuple[str, ...]) -> None:
        log = (self.home / "logs" / f"{name}.log").open("ab")
        self._children[name] = subprocess.Popen(
            command, env=self.environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
        )

    def _run(self, *arguments: str) -> None:
        done = subprocess.run([*PROGRAM, *arguments], env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"airflow {' '.join(arguments)}: {done.stdout[-2000:]}{done.stderr[-2000:]}")

    def _celery(self) -> dict[str, str]:
        database = self.metadata.replace("postgresql://", "postgresql+psycopg://", 1)
        more = {
            "DATABASE__SQL_ALCHEMY_CONN": database,
            "DATABASE__SQL_ALCHEMY_CONN_ASYNC": database,
            "CELERY__BROKER_URL": self.broker,
            "CELERY__RESULT_BACKEND": f"db+{database}",
        }
        return {f"AIRFLOW__{name}": value for name, value in (CELERY | more).items()}


def wait_until(what: str, is_so, limit: float) -> float:  # type: ignore[no-untyped-def]
    """Look twice a second; returns the seconds that it took, ends the program when ``limit`` is over."""
    begun = time.monotonic()
    while not is_so():
        if time.monotonic() - begun > limit:
            raise TimeoutError(f"not within {limit:.0f} s: {what}")
        time.sleep(0.5)
    return time.monotonic() - begun
