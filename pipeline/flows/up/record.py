"""What one ``SITREP_HOME`` knows of its ``sitrep up``: who holds it, and what was started for it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter

from pipeline.adapters.processes import ProcessId, is_running
from pipeline.errors import CannotRun
from pipeline.stages.document import iso

LEFTOVER_GRACE = 3.0
"""Seconds for what a killed ``up`` has left: its work is recorded, and nobody waits for its last words."""


@dataclass(frozen=True, slots=True)
class Record:
    """Kept after the end, for the port and for when Airflow's history was last cleared.

    ``parts``: the sessions of Airflow's programs by name. ``owns_node``: the local Elasticsearch was started by ``up``,
    so ``up`` or ``down`` stops it.
    """

    supervisor: ProcessId | None = None
    started_at: datetime | None = None
    port: int | None = None
    parts: dict[str, ProcessId] = field(default_factory=dict)
    owns_node: bool = False
    cleared_at: datetime | None = None

    @property
    def holder(self) -> ProcessId | None:
        """The supervisor, if it lives."""
        return self.supervisor if self.supervisor is not None and is_running(self.supervisor) else None


_AS_JSON = TypeAdapter(Record)


def read_record(home: Path) -> Record:
    """What is noted; an empty record if there is nothing that can be read."""
    try:
        return _AS_JSON.validate_json(_note(home).read_bytes())
    except (OSError, ValueError):
        return Record()


def write_record(home: Path, record: Record) -> None:
    """Replace the note in one step. Raises ``CannotRun``."""
    fresh = _note(home).with_suffix(".new")
    try:
        fresh.write_bytes(_AS_JSON.dump_json(record))
        fresh.replace(_note(home))
    except OSError as error:
        raise CannotRun(f"cannot write {fresh} ({error.strerror}); free some space or set SITREP_HOME") from None


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Hold ``home``; the kernel gives it back however we end. Raises ``CannotRun`` naming the holder."""
    path = home / "up.lock"
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CannotRun(f"cannot write {path} ({error.strerror}); set SITREP_HOME to a folder you may write") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise CannotRun(f"'sitrep up' runs already over {home} ({_holder(home)}); to end it: sitrep down") from None
    finally:
        os.close(descriptor)


def _holder(home: Path) -> str:
    record = read_record(home)
    if record.holder is None or record.started_at is None:
        return "its pid is not written yet"
    return f"pid {record.holder.pid}, started {iso(record.started_at)}"


def _note(home: Path) -> Path:
    return home / "up.json"
