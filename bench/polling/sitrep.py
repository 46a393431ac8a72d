"""Sitrep as a system: driven through its command line alone, by ``--now``, ``--no-deliver`` and ``--json``.

Most rounds run the command inside this process, which spares a second of start for each; those of the hostile world
and those that are killed run it as a program of its own.
"""

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
import yaml

from bench.polling.play import ALLOWED, Wanted
from bench.polling.scenes import FeedRow, FeedView, Known, Need, Scene, Visit, World

PROGRAM = str(Path(sys.executable).with_name("sitrep"))
CONTACT = "news-desk@example.org"

WORLDS: Mapping[World, Mapping[str, str]] = {
    "plain": {"HOST_DELAY": "0", "REQUEST_TIMEOUT": "20"},
    "polite": {"HOST_DELAY": "0.2", "REQUEST_TIMEOUT": "20", "ROUND_LIMIT": "5", "FEED_ROBOTS": "true"},
    "hostile": {"HOST_DELAY": "0", "REQUEST_TIMEOUT": "3"},
}
"""Further settings of each world."""

ROUND_LIMIT = 120
"""Seconds after which a round has hung."""


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended and what it printed; ``memory`` is the peak of all its processes in bytes, if known."""

    status: int
    out: str
    err: str
    memory: int = 0


class Sitrep:
    """Each world has a state folder of its own below ``folder``."""

    name = "Sitrep"
    lacks: Mapping[Need, str] = {}
    exempt: Mapping[str, str] = {"credentials_stay": "the feed list takes no addresses with a password"}

    def __init__(self, folder: Path) -> None:
        from pipeline import __version__

        self.version = __version__
        self._folder = folder

    def round(self, world: World, wanted: Sequence[Wanted]) -> list[Visit]:
        """One ``sitrep ingest`` with the feeds of ``wanted`` on the list."""
        rows = {one.scene.name: _rows(one) for one in wanted}
        settings = self._settings(world, [row for listed in rows.values() for row in listed])
        before = {site.host: len(site.requests) for one in wanted for site in _sites(one.scene)}
        now = wanted[0].scene.time(wanted[0].ask.at)
        arguments = ("ingest", "--now", now.isoformat(), "--no-deliver", "--json")
        stop = wanted[0].ask.stopped_at
        ran = _in_a_process(arguments, settings, stop) if stop or world == "hostile" else _here(arguments, settings)
        if stop is None and ran.status not in (0, -signal.SIGKILL):
            raise RuntimeError(f"sitrep ingest ended with {ran.status}: {ran.err[-2000:]}")
        report = json.loads(ran.out) if ran.status == 0 else {}
        states = {row["id"]: row for row in _answer(_here(("status", "--json"), settings))["feeds"]}
        return [_visit(one, rows[one.scene.name], before, states, report, ran, settings) for one in wanted]

    def _settings(self, world: World, rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
        home = self._folder / world
        home.mkdir(parents=True, exist_ok=True)
        (home / "feeds.yaml").write_text(yaml.safe_dump({"feeds": list(rows)}), encoding="utf-8")
        return {
            "SITREP_HOME": str(home),
            "SITREP_FEEDS": str(home / "feeds.yaml"),
            "SITREP_ALLOW_HOSTS": ALLOWED,
            "SITREP_CONTACT": CONTACT,
        } | {f"SITREP_{name}": value for name, value in WORLDS[world].items()}


def _sites(scene: Scene) -> tuple[Any, ...]:
    return (scene.site, scene.other, scene.inside)


def _listed(wanted: Wanted) -> list[FeedRow]:
    names = wanted.ask.feeds
    return [row for row in wanted.scene.feeds if names is None or row.name in names]


def _rows(wanted: Wanted) -> list[dict[str, Any]]:
    return [
        {"id": f"{wanted.scene.name}-{row.name}", "name": row.name, "url": row.url} | dict(row.more)
        for row in _listed(wanted)
    ]


def _visit(
    wanted: Wanted,
    rows: Sequence[Mapping[str, Any]],
    before: Mapping[str, int],
    states: Mapping[str, Mapping[str, Any]],
    report: Mapping[str, Any],
    ran: Ran,
    settings: Mapping[str, str],
) -> Visit:
    scene = wanted.scene
    requests = [request for site in _sites(scene) for request in site.requests[before[site.host] :]]
    names = {row["id"]: row["name"] for row in rows}
    return Visit(
        at=wanted.ask.at,
        requests=tuple(sorted(requests, key=lambda request: request.began)),
        feeds={names[feed]: _feed(states[feed], scene) for feed in names},
        look_up=lambda url: _known(url, settings),
        output=ran.out + ran.err,
        problems=tuple(problem for problem in report.get("problems", ()) if problem["feed"] in names),
        report=report,
        memory=ran.memory,
        trouble="" if wanted.ask.stopped_at or ran.status == 0 else f"no end within {ROUND_LIMIT} s",
    )


def _feed(row: Mapping[str, Any], scene: Scene) -> FeedView:
    problem = row["last_problem"]
    due = row["next_due_at"]
    return FeedView(
        failed=row["failures"] > 0,
        problem=problem.partition(":")[0] if problem else None,
        state=row["state"],
        due=datetime.fromisoformat(due) - scene.began if due else None,
        url=row["url"],
        details=row,
    )


def _known(url: str, settings: Mapping[str, str]) -> Known | None:
    ran = _here(("explain", url, "--json"), settings)
    if ran.status == 1:
        return None
    told = _answer(ran)
    story, entries = told["story"] or {}, told["entries"]
    seen = entries[0]["first_seen_at"] if entries else story.get("first_seen_at")
    return Known(
        title=story.get("title", ""),
        url=story.get("url"),
        text=story.get("text", ""),
        published=_time(story.get("published_at")),
        first_seen=_time(seen),
        details=told,
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _answer(ran: Ran) -> Any:
    if ran.status != 0:
        raise RuntimeError(f"sitrep ended with {ran.status}: {ran.err[-2000:]}")
    return json.loads(ran.out)


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SITREP_")}
    return kept | dict(settings) | {"COLUMNS": "200"}


@contextmanager
def _environ(settings: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(_environment(settings))
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _here(arguments: Sequence[str], settings: Mapping[str, str]) -> Ran:
    """The command inside this process."""
    from pipeline.cli.main import run

    out, err, argv = io.StringIO(), io.StringIO(), sys.argv
    with _environ(settings), redirect_stdout(out), redirect_stderr(err):
        sys.argv = ["sitrep", *arguments]
        try:
            run()
            status: Any = 0
        except SystemExit as ended:
            status = ended.code
        finally:
            sys.argv = argv
    return Ran(int(status or 0), out.getvalue(), err.getvalue())


def _in_a_process(arguments: Sequence[str], settings: Mapping[str, str], stop: Callable[[], bool] | None) -> Ran:
    """The command as a program, killed with all its children as soon as ``stop`` holds."""
    home = Path(settings["SITREP_HOME"])
    with (home / "out").open("w+b") as out, (home / "err").open("w+b") as err:
        process = subprocess.Popen(
            [PROGRAM, *arguments], env=_environment(settings), stdout=out, stderr=err, start_new_session=True
        )
        status, memory = _waited(process.pid, stop)
        process.returncode = status
        out.seek(0)
        err.seek(0)
        return Ran(status, out.read().decode(), err.read().decode(), memory)


def _waited(pid: int, stop: Callable[[], bool] | None) -> tuple[int, int]:
    """Exit status, and the peak memory of the process ``pid`` with all below it, as far as looks can show it."""
    limit = time.monotonic() + ROUND_LIMIT
    most = 0
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            # Not the kernel's own peak: a process begins with that of the one that started it.
            return os.waitstatus_to_exitcode(status), most
        most = max(most, _memory_of_tree(pid))
        if (stop is not None and stop()) or time.monotonic() > limit:
            os.killpg(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return -signal.SIGKILL, 0
        time.sleep(0.1 if stop is None else 0.05)


def _memory_of_tree(pid: int) -> int:
    """Bytes that the process and all below it take now; what they share counts once (proportional set size)."""
    total = 0
    with suppress(psutil.Error):
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            with suppress(psutil.Error):
                total += process.memory_full_info().pss
    return total
