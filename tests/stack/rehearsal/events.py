"""When containers started, got healthy and ended, as the engine tells it."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.stack.rehearsal.engine import Engine

KINDS = ("start", "health_status", "die")
HEALTHY = "health_status: healthy"


@dataclass(frozen=True)
class Happening:
    """``kind``: ``start``, ``health_status: healthy``, ``die``. ``exit_code``: empty while it runs."""

    service: str
    kind: str
    nanoseconds: int
    exit_code: str


@dataclass(frozen=True)
class Events:
    file: Path

    def all(self) -> list[Happening]:
        """In the order in which they happened."""
        return [_happening(json.loads(line)) for line in self.file.read_text(encoding="utf-8").splitlines()]

    def first(self, service: str, kind: str) -> int:
        """When, in nanoseconds."""
        return next(each.nanoseconds for each in self.all() if (each.service, each.kind) == (service, kind))


@contextmanager
def watched(engine: Engine, file: Path) -> Iterator[Events]:
    """All that happens from now on. Asked later, the engine only knows the last few hundred, health checks included."""
    filters = [word for kind in KINDS for word in ("--filter", f"event={kind}")]
    command = ["docker", "events", "--format", "{{json .}}", "--filter", "type=container", *filters]
    with file.open("wb") as output:
        watcher = subprocess.Popen(command, env={**engine.environment}, stdout=output)
        try:
            yield Events(file)
        finally:
            watcher.terminate()
            watcher.wait()


def _happening(told: dict[str, object]) -> Happening:
    actor = told["Actor"]
    assert isinstance(actor, dict)
    attributes = actor["Attributes"]
    service = attributes.get("com.docker.compose.service", "")
    return Happening(service, str(told["Action"]), int(str(told["timeNano"])), attributes.get("exitCode", ""))
