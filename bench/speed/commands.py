"""Commands of every day: help, search, telling again, rebuilding the index."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median

from bench.home import SITREP
from bench.pages import RealPage
from bench.speed.goals import Goal, Row
from bench.upkeep import reindex_rates, reprocess_cost

TURNS = 5


def rows(pages: tuple[RealPage, ...], environment: Mapping[str, str], url: str) -> Iterator[Row]:
    """``environment``: of a home with a finished round over ``pages``; ``url``: of the server that holds its index."""
    yield from _start(environment)
    looked, again, extract, idle = reprocess_cost(pages, environment, Path(environment["SITREP_HOME"]).parent)
    detail = f"{again * 1000:.1f} ms a story ({looked}), {extract * 1000:.1f} ms a page"
    yield Row("reprocess against extract, CPU", again / extract, "x", Goal(1.3, 1.1), detail)
    yield Row("reprocess, unchanged rules, CPU", idle / extract, "x", Goal(0.1, 0.1), f"{idle * 1000:.2f} ms a story")
    ours, alone = reindex_rates(environment, url)
    detail = f"{ours:.0f} and {alone:.0f} documents/s"
    yield Row("reindex against streaming_bulk", ours / alone, "x", Goal(0.8, 0.9, more=True), detail)


def _start(environment: Mapping[str, str]) -> Iterator[Row]:
    bare = _cpu([sys.executable, "-c", "pass"], environment)
    ours = _cpu([SITREP, "--help"], environment)
    detail = f"{ours * 1000:.0f} ms against {bare * 1000:.0f} ms"
    yield Row("sitrep --help against bare Python", ours / bare, "x", Goal(15, 12), detail)
    search = _cpu([SITREP, "search", "ceasefire", "--json"], environment)
    yield Row("search from the shell, CPU", search, "s", Goal(1.0, 0.8), "query included")


def _cpu(command: list[str], environment: Mapping[str, str]) -> float:
    """CPU seconds of a command with all that it waited for; the median of some runs after one that warms the disk."""
    return median([_once(command, environment) for _ in range(TURNS + 1)][1:])


def _once(command: list[str], environment: Mapping[str, str]) -> float:
    process = subprocess.Popen(command, env=dict(environment), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime
