"""The newsroom of a measured round: real pages behind feeds, a local Elasticsearch, and a new home for each round."""

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from bench import measure
from bench.home import SITREP, environment_of
from bench.newsroom import desks_of, open_newsroom, write_feed_list
from bench.pages import RealPage

FEEDS = 20
PAGES_A_SAMPLE = 150


@dataclass(frozen=True, slots=True)
class Newsroom:
    """``feeds``: the list that points at the served pages; ``elasticsearch``: the URL of the server for all rounds."""

    pages: tuple[RealPage, ...]
    feeds: Path
    elasticsearch: str
    folder: Path

    def environment(self, name: str) -> dict[str, str]:
        """Settings with an empty home of this name, delivering to the common server."""
        folder = self.folder / name
        folder.mkdir()
        settings = environment_of(folder, f"speed-{name}")
        return {**settings, "SITREP_FEEDS": str(self.feeds), "SITREP_ELASTICSEARCH_URL": self.elasticsearch}

    def sample(self) -> Sequence[RealPage]:
        return self.pages[:: max(1, len(self.pages) // PAGES_A_SAMPLE)]


@contextmanager
def opened(pages: tuple[RealPage, ...]) -> Iterator[Newsroom]:
    """Serve the pages and start a server until the block ends."""
    desks = desks_of(pages, FEEDS)
    with tempfile.TemporaryDirectory(prefix="sitrep-speed-") as name, open_newsroom(desks) as port:
        folder = Path(name)
        write_feed_list(desks, port, folder / "feeds.yaml")
        server = environment_of(folder, "server")
        try:
            started = answer([SITREP, "node", "start", "--json"], server)[0]
            yield Newsroom(pages, folder / "feeds.yaml", started["url"], folder)
        finally:
            measure.run([SITREP, "node", "stop"], server)


def answer(command: Sequence[str], environment: Mapping[str, str]) -> tuple[dict[str, Any], measure.Cost]:
    """What a command prints as JSON, and its cost; the bench ends where there is none."""
    outcome = measure.run(command, environment)
    try:
        return json.loads(outcome.output), outcome.cost
    except ValueError:
        sys.exit(f"{' '.join(command)}: no JSON, status {outcome.status}\n{outcome.errors}")


def on_cores(count: int, command: Sequence[str]) -> list[str]:
    """The command, kept to the first ``count`` processors that are ours."""
    ours = sorted(psutil.Process().cpu_affinity() or ())[:count]
    return ["taskset", "-c", ",".join(map(str, ours)), *command]
