"""Small programs in the place of Airflow's, for those who own processes."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from pipeline.adapters.airflow_services import Service

LIMIT = 30.0
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if len(sys.argv) < 2:
    subprocess.Popen([sys.executable, __file__, "child"], process_group=0)
print("ready", flush=True)
time.sleep(600)
"""
"""Ignores SIGTERM, and so does its child, which has a process group of its own as Airflow's tasks have."""


def service(folder: Path, name: str, program: str, grace: float = 0.3) -> Service:
    """A service that runs this text of a program."""
    file = folder / f"{name}.py"
    file.write_text(program, encoding="utf-8")
    return Service(name, (sys.executable, str(file)), {}, folder / f"{name}.log", grace)


def until(true: Callable[[], object], limit: float = LIMIT) -> None:
    """Wait for it; the limit only ends a test that has failed."""
    end = time.monotonic() + limit
    while not true():
        assert time.monotonic() < end, "it has not come to pass"
        time.sleep(0.05)


def lines(log: Path) -> list[str]:
    return log.read_text(encoding="utf-8").splitlines() if log.exists() else []
