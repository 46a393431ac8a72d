"""One round at a time for one state folder. The kernel gives the lock back when its holder dies, however it dies.

The collectors of one round share it: each other they are kept apart by their leases.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pipeline.errors import CannotRun, RoundRunning


@contextmanager
def round_lock(home: Path, *, shared: bool = False) -> Iterator[None]:
    """Hold the lock of ``home``, ``shared`` with others who share it.

    Raises ``RoundRunning`` naming the holder's pid and start.
    """
    path = home / "round.lock"
    try:
        home.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CannotRun(f"cannot write {path} ({error.strerror}); set SITREP_HOME to a folder you may write") from None
    try:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RoundRunning(f"another round is running ({_holder(descriptor)}); this one did nothing") from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "started": _now()}).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _holder(descriptor: int) -> str:
    try:
        note = json.loads(os.pread(descriptor, 1000, 0))
        return f"pid {note['pid']}, started {note['started']}"
    except (ValueError, KeyError, TypeError):
        return "its pid is not written yet"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
