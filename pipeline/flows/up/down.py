"""``sitrep down``: end an ``up``, or what is left of one."""

import os
import signal
import time
from pathlib import Path

from pipeline.adapters.local_node import LocalNode
from pipeline.adapters.processes import ProcessId, is_running
from pipeline.adapters.sessions import end_sessions, members
from pipeline.errors import CannotRun
from pipeline.flows.up.record import LEFTOVER_GRACE, Record, only_one, read_record, write_record
from pipeline.settings import Settings

PATIENCE = 60.0
"""Seconds that a supervisor gets for an orderly end, which takes it 20."""
POLL = 0.2


def take_down(settings: Settings) -> tuple[str, ...]:
    """What was ended, each with its pid; nothing if nothing was running. Raises ``CannotRun``."""
    record = read_record(settings.home)
    node = LocalNode(settings.home, settings.cache)
    found = _running(record, node)
    if record.holder is not None:
        _end_supervisor(record.holder)
    if found:
        with only_one(settings.home):
            _end_rest(settings.home, node)
    return found


def _running(record: Record, node: LocalNode) -> tuple[str, ...]:
    """The supervisor, then Airflow's programs, then the node if it goes with them."""
    holder = [f"supervisor (pid {record.holder.pid})"] if record.holder is not None else []
    parts = [f"{name} (pid {session.pid})" for name, session in record.parts.items() if members(session)]
    is_up = record.owns_node and node.running() is not None
    return (*holder, *parts, *(["elasticsearch"] if is_up else []))


def _end_supervisor(supervisor: ProcessId) -> None:
    """Orderly, or else by force: what it had started then ends by itself."""
    for number, patience in ((signal.SIGTERM, PATIENCE), (signal.SIGKILL, POLL)):
        try:
            os.kill(supervisor.pid, number)
        except ProcessLookupError:
            return
        except PermissionError:
            raise CannotRun(f"'sitrep up' (pid {supervisor.pid}) belongs to another user") from None
        end = time.monotonic() + patience
        while is_running(supervisor) and time.monotonic() < end:
            time.sleep(POLL)
        if not is_running(supervisor):
            return


def _end_rest(home: Path, node: LocalNode) -> None:
    record = read_record(home)
    end_sessions(tuple(record.parts.values()), LEFTOVER_GRACE)
    if record.owns_node:
        node.stop()
    write_record(home, Record(port=record.port, cleared_at=record.cleared_at))
