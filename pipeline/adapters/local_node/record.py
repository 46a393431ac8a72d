"""The note about the node that runs for one home: who it is, where it answers. Kept after its end for the port."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from pipeline.adapters.processes import ProcessId, is_running


@dataclass(frozen=True, slots=True)
class Record:
    """``process`` is None once the node was stopped; ``answered``: it was up before. Paths are where it keeps them."""

    port: int
    version: str
    cluster: str
    data: Path
    log: Path
    process: ProcessId | None = None
    answered: bool = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def lives(self) -> bool:
        return self.process is not None and is_running(self.process)


_AS_JSON = TypeAdapter(Record)


def read_record(path: Path) -> Record | None:
    """The note, or None if there is none that can be read."""
    try:
        return _AS_JSON.validate_json(path.read_bytes())
    except (OSError, ValueError):
        return None


def write_record(path: Path, record: Record) -> None:
    """Replace the note in one step."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_bytes(_AS_JSON.dump_json(record))
    fresh.replace(path)
