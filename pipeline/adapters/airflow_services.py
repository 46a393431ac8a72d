"""The programs of an Airflow that runs by schedule on one machine, and how they are set up to do so.

``airflow standalone`` would listen on every address, keep 30 workers and a triggerer, and leave orphans behind.
"""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.adapters.airflow import PROGRAM, Airflow

HOST = "127.0.0.1"
USER = "sitrep"
LOGIN_FILE = "login.json"
API_SERVER, DAG_PROCESSOR, SCHEDULER = "api-server", "dag-processor", "scheduler"
ARGUMENTS = {
    API_SERVER: (),
    DAG_PROCESSOR: (),
    # Task logs lie in files that the API server reads; serving them again would listen on every address.
    SCHEDULER: ("--skip-serve-logs",),
}
GRACE = {API_SERVER: 4.0, DAG_PROCESSOR: 4.0, SCHEDULER: 7.0}
"""Seconds for an orderly end. The scheduler has its tasks ended; the others keep nothing in memory that matters."""
SETTINGS = {
    "CORE__PARALLELISM": "4",
    "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
    "CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
    # The first call after a start may take 40 s on a busy machine; the default gives up after 5.
    "WORKERS__EXECUTION_API_TIMEOUT": "60",
    # After a crash of the scheduler alone; after any other end its tasks are taken up again at the start.
    "SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "60",
    # The DAG files change with Sitrep only, which means a new start.
    "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "300",
    "DAG_PROCESSOR__PRINT_STATS_INTERVAL": "0",
    "DAG_PROCESSOR__PARSING_PROCESSES": "1",
}


@dataclass(frozen=True, slots=True)
class Service:
    """One program that is to run all the time. Its output is added to ``log``; ``grace``: seconds for its end."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    grace: float


def services(airflow: Airflow, port: int) -> tuple[Service, ...]:
    """API server, DAG processor and scheduler: started in this order, the last one when the first answers."""
    environment = airflow.environment | _environment(airflow.folder, port)
    return tuple(
        Service(
            name,
            (*PROGRAM, name, *arguments),
            environment,
            airflow.home / "logs" / f"airflow-{name}.log",
            GRACE[name],
        )
        for name, arguments in ARGUMENTS.items()
    )


def password(airflow: Airflow) -> str:
    """Of the user ``sitrep``; made up at the first call. Raises ``OSError``."""
    path = airflow.folder / LOGIN_FILE
    try:
        return str(json.loads(path.read_bytes())[USER])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    made = secrets.token_urlsafe(12)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(descriptor, json.dumps({USER: made}).encode())
    finally:
        os.close(descriptor)
    return made


def _environment(folder: Path, port: int) -> dict[str, str]:
    url = f"http://{HOST}:{port}"
    settings = SETTINGS | {
        "API__HOST": HOST,
        "API__PORT": str(port),
        "API__BASE_URL": url,
        "CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(folder / LOGIN_FILE),
    }
    return {f"AIRFLOW__{name}": value for name, value in settings.items()}
