"""What a round spends: seconds of CPU by stage, in this process and in its workers. Off unless somebody asks."""

import os
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from pipeline.stages.during import unmeasured

Result = TypeVar("Result")
STAGES = (
    "start",
    "fetch",
    "parse",
    "extract",
    "clean",
    "tag",
    "fold",
    "ledger",
    "archive",
    "deliver",
    "workers",
    "else",
)
"""In the order of the path. ``start``: of this process, up to the profile's begin. ``workers``: their start, and what
it takes to talk to them. ``else``: of this process, what is in no stage."""
SHARED = "pipeline.flows.shared_by_workers"


@dataclass(frozen=True, slots=True)
class Spent:
    """What one call of a worker took: seconds by stage; of its process up to now; and of that it was forked from."""

    stages: Mapping[str, float]
    worker: int
    so_far: float
    before: float


class Profile:
    """Adds up seconds of CPU. Safe to use from several threads."""

    def __init__(self) -> None:
        self._start = time.process_time()
        self._here: dict[str, float] = defaultdict(float)
        self._there: dict[str, float] = defaultdict(float)
        self._workers: dict[int, float] = {}
        self._before = 0.0
        self._guard = threading.Lock()
        self._thread = threading.local()

    @contextmanager
    def during(self, stage: str) -> Iterator[None]:
        """Count this thread's CPU inside the block, but for blocks within it. Never across an ``await`` of it."""
        outer: float = getattr(self._thread, "within", 0.0)
        self._thread.within = 0.0
        begun = time.thread_time()
        try:
            yield
        finally:
            whole = time.thread_time() - begun
            with self._guard:
                self._here[stage] += whole - self._thread.within
            self._thread.within = outer + whole

    def add(self, spent: Spent) -> None:
        """What a worker has told of its call."""
        with self._guard:
            for stage, seconds in spent.stages.items():
                self._there[stage] += seconds
            self._workers[spent.worker] = max(spent.so_far, self._workers.get(spent.worker, 0.0))
            self._before = max(spent.before, self._before)

    def spent(self) -> dict[str, float]:
        """Seconds by ``STAGES``; together all that this process and its workers have used until now."""
        with self._guard:
            here, there = sum(self._here.values()), sum(self._there.values())
            sums = {stage: self._here.get(stage, 0.0) + self._there.get(stage, 0.0) for stage in STAGES}
            others = {
                "start": self._start,
                "workers": self._before + sum(self._workers.values()) - there,
                "else": time.process_time() - self._start - here,
            }
            return {stage: max(0.0, seconds) for stage, seconds in (sums | others).items()}

    def here(self) -> dict[str, float]:
        """Seconds of this process alone, by stages that were seen."""
        return dict(self._here)


_running: Profile | None = None


@contextmanager
def profiling() -> Iterator[Profile]:
    """All that this process does inside the block is measured."""
    global _running
    _running = Profile()
    try:
        yield _running
    finally:
        _running = None


def running() -> Profile | None:
    """The profile that is being made, if any."""
    return _running


def during(stage: str) -> AbstractContextManager[None]:
    """The block of a stage: measured where a profile is being made."""
    return unmeasured(stage) if _running is None else _running.during(stage)


def measured(function: Callable[..., Result], arguments: tuple[Any, ...]) -> tuple[Result, Spent]:
    """Runs in a worker: the result, and what it took."""
    with profiling() as profile:
        result = function(*arguments)
    before: float = getattr(sys.modules.get(SHARED), "LOADED", 0.0)
    return result, Spent(profile.here(), os.getpid(), time.process_time(), before)
