"""A name by which one process is known to others, on this machine and elsewhere, and never taken for a later one."""

import json
import os
import socket
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline.adapters.processes import ProcessId, identify, is_running

BOOT = Path("/proc/sys/kernel/random/boot_id")
PID_SPACE = Path("/proc/self/ns/pid")


def own_name() -> str:
    """Where and since when this process runs, and a mark that is new with each call."""
    process = identify(os.getpid())
    return json.dumps(
        {
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "birth": process.birth if process else None,
            "space": _space(),
            "since": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "mark": uuid.uuid4().hex[:12],
        }
    )


def is_gone(name: str) -> bool:
    """Has the process of this name ended for certain? Only this machine's own processes can be told."""
    known = _read_here(name)
    return known is not None and not is_running(known)


def is_here(name: str) -> bool:
    """Is it a process of this machine that runs?"""
    known = _read_here(name)
    return known is not None and is_running(known)


def shown(name: str) -> str:
    """The name for people."""
    known = _read(name)
    return f"pid {known['pid']} on {known['host']}, started {known['since']}" if known else "a process without a name"


def _read(name: str) -> dict[str, Any] | None:
    try:
        known = json.loads(name)
        return known if {"host", "pid", "birth", "space", "since"} <= known.keys() else None
    except (ValueError, AttributeError):
        return None


def _read_here(name: str) -> ProcessId | None:
    known = _read(name)
    if known is None or known["space"] is None or known["space"] != _space():
        return None
    return ProcessId(known["pid"], known["birth"])


def _space() -> str | None:
    """Ids tell processes apart within one start of the machine and one space of ids (a container has its own)."""
    try:
        return f"{BOOT.read_text(encoding='ascii').strip()} {PID_SPACE.readlink()}"
    except OSError:
        return None
