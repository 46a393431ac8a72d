"""Other pollers as systems: each runs as a program of its own environment and is asked over its standard streams."""

import json
import queue
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.polling.play import Wanted
from bench.polling.scenes import NEEDS, FeedView, Known, Need, Visit, World

PROGRAMS = Path(__file__).parent / "peers"
ANSWER_LIMIT = 90
"""Seconds for one scenario's round; the slowest answer of the origin takes 15."""

HOSTILE_TIMEOUT = 3
"""Seconds: the time limit for a request in the hostile world, for those that can be given one."""


def _none(*needs: Need) -> dict[Need, str]:
    return {need: f"not its job: it is no program that {NEEDS[need]}" for need in needs}


NO_PAGES_NO_REPORT = _none("pages", "report")


@dataclass(frozen=True, slots=True)
class PeerKind:
    """One peer: its program below ``peers`` and what makes no sense for it."""

    name: str
    program: str
    lacks: Mapping[Need, str]
    exempt: Mapping[str, str] = field(default_factory=dict)


PEERS = (
    PeerKind(
        "feedparser",
        "feedparser_parse.py",
        _none("schedule", "address", "memory", "pages", "states", "report"),
        {"feeds_in_parallel": "one call is one feed", "host_gap": "one call is one feed"},
    ),
    PeerKind(
        "reader",
        "reader_update.py",
        NO_PAGES_NO_REPORT,
        dict.fromkeys(("gone_410", "silent_feed"), "has no such state for a feed"),
    ),
    PeerKind(
        "django-feed-reader",
        "django_update.py",
        NO_PAGES_NO_REPORT,
        {"operators_interval": "has no such setting", "silent_feed": "has no such state for a feed"},
    ),
)


class Peer:
    """One process for the plain world; elsewhere one for each scenario, since those may end it."""

    def __init__(self, kind: PeerKind, python: Path) -> None:
        self.name, self.lacks, self.exempt = kind.name, kind.lacks, kind.exempt
        self._command = [str(python), str(PROGRAMS / kind.program)]
        self._processes: dict[str, _Process] = {}
        probe = _Process(self._command)
        self.version = str((probe.ask({"version": True}) or {})["version"])
        probe.close()

    def close(self) -> None:
        for process in self._processes.values():
            process.close()

    def round(self, world: World, wanted: Sequence[Wanted]) -> list[Visit]:
        """Scenario by scenario, each with the clock set to its time."""
        return [self._visit(world, one) for one in wanted]

    def _visit(self, world: World, wanted: Wanted) -> Visit:
        scene, ask = wanted.scene, wanted.ask
        key = "plain" if world == "plain" else scene.name
        if key not in self._processes:
            self._processes[key] = _Process(self._command)
        process = self._processes[key]
        before = {site.host: len(site.requests) for site in (scene.site, scene.other, scene.inside)}
        rows = [row for row in scene.feeds if ask.feeds is None or row.name in ask.feeds]
        feeds = [{"id": f"{scene.name}-{row.name}", "url": row.url, **row.more} for row in rows]
        timeout = HOSTILE_TIMEOUT if world == "hostile" else None
        told = process.ask(
            {"now": scene.time(ask.at).isoformat(), "feeds": feeds, "timeout": timeout, "forced": not scene.scheduled}
        )
        if told is None:
            del self._processes[key]
        sites = (scene.site, scene.other, scene.inside)
        requests = [request for site in sites for request in site.requests[before[site.host] :]]
        views = (told or {}).get("feeds", {})
        entries = [entry for view in views.values() for entry in view["entries"]]
        return Visit(
            at=ask.at,
            requests=tuple(sorted(requests, key=lambda request: request.began)),
            feeds={row.name: _view(views.get(f"{scene.name}-{row.name}"), scene.began) for row in rows},
            look_up=lambda url: _look_up(entries, url),
            memory=(told or {}).get("memory", 0),
            trouble="" if told is not None else "the process hung or died",
        )


def _view(told: Mapping[str, Any] | None, began: datetime) -> FeedView:
    if told is None:
        return FeedView(failed=True, problem="no answer")
    due = told.get("due")
    return FeedView(
        failed=told["failed"],
        problem=told.get("problem"),
        state=told.get("state"),
        due=datetime.fromisoformat(due) - began if due else None,
    )


def _look_up(entries: Sequence[Mapping[str, Any]], url: str) -> Known | None:
    found = next((entry for entry in entries if url in (entry["url"], entry["guid"])), None)
    if found is None:
        return None
    times = {name: _time(found.get(name)) for name in ("published", "updated", "first_seen")}
    return Known(title=found["title"] or "", url=found["url"], text=found.get("text") or "", **times)


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


class _Process:
    """A peer's program: one JSON object a line in, one out."""

    def __init__(self, command: Sequence[str]) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=self._folder.name
        )
        self._lines: queue.Queue[bytes] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(b"")

    def ask(self, question: Mapping[str, Any]) -> dict[str, Any] | None:
        """The answer; ``None`` where it does not come: the process is ended then."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(question).encode() + b"\n")
            self._process.stdin.flush()
            line = self._lines.get(timeout=ANSWER_LIMIT)
        except (queue.Empty, OSError):
            line = b""
        if not line:
            self.close()
            return None
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()
