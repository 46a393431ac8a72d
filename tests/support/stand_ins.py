"""Small programs in the place of Airflow's, for those who own processes."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from pipeline.adapters.airflow_services import Service
from pipeline.adapters.processes import ProcessId
from pipeline.flows.up.record import read_record

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


HOLDER = """
import os, sys, time
from datetime import UTC, datetime
from pathlib import Path
from pipeline.adapters.airflow_services import Service
from pipeline.adapters.processes import identify
from pipeline.flows.up.record import Record, only_one, write_record
from pipeline.flows.up.signals import interruptible, undisturbed
from pipeline.flows.up.supervisor import Supervisor

home, file = Path(sys.argv[1]), sys.argv[2]

def note(parts):
    me = identify(os.getpid())
    write_record(home, Record(me, datetime(2024, 10, 21, 12, tzinfo=UTC), 8080, dict(parts)))

supervisor = Supervisor(print, note)
with interruptible(), only_one(home):
    try:
        for name in ("api-server", "scheduler"):
            supervisor.start(Service(name, (sys.executable, file), {}, home / f"{name}.log", 0.3))
        time.sleep(600)
    except KeyboardInterrupt:
        pass
    finally:
        with undisturbed():
            supervisor.end()
"""
"""What ``sitrep up`` is at its heart, over two stubborn programs: arguments are the home and the program."""


def hold(home: Path) -> tuple[subprocess.Popen[bytes], dict[str, ProcessId]]:
    """Start the holder of ``home``; itself, and the sessions it owns, once all is running."""
    made = service(home, "stubborn", STUBBORN)
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(home), made.command[1]], start_new_session=True)
    logs = [home / "api-server.log", home / "scheduler.log"]
    until(lambda: all(lines(log).count("ready") == 2 for log in logs))
    return holder, read_record(home).parts
