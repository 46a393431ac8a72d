"""What a command costs: CPU seconds and memory of its process tree (Linux).

Memory is looked at again and again while it runs. CPU is what the kernel has counted of each process that ended: whose
parent is gone, such as a worker when its round is over, becomes a child of this process (PR_SET_CHILD_SUBREAPER).
"""

import ctypes
import os
import resource
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

LOOK_EVERY = 0.2
CORES = len(os.sched_getaffinity(0))
MEMORY_EVERY = 5
"""Looks, but for the first ones: proportional set size costs the kernel a walk through the page tables."""
PR_SET_CHILD_SUBREAPER = 36
LAST = 5.0
"""Seconds that processes may outlive the command that started them."""


@dataclass(slots=True)
class Cost:
    """CPU in seconds, memory in bytes.

    ``main`` is the command's own process at the last look (``LOOK_EVERY``), ``others`` what the tree took beside it.
    ``peak_memory_main``: the part of the command's own process in ``peak_memory``.
    ``until_workers_left``: CPU of the command's own process at the last look at which it still had workers.
    ``wanted``: seconds of CPU that the tree would have had if nothing else ran: what its threads ran or stood in line
    for, between two looks never more than all cores have. Unlike ``cpu`` it says the same on a busy machine.
    """

    seconds: float = 0.0
    main: float = 0.0
    others: float = 0.0
    until_workers_left: float = 0.0
    wanted: float = 0.0
    peak_memory: int = 0
    peak_memory_main: int = 0

    @property
    def cpu(self) -> float:
        return self.main + self.others


@dataclass(slots=True)
class Outcome:
    """How a command ended, and what it cost."""

    status: int
    output: str
    errors: str
    cost: Cost


@dataclass(slots=True)
class _Looks:
    root: psutil.Process
    cost: Cost = field(default_factory=Cost)
    seen: dict[int, float] = field(default_factory=dict)
    count: int = 0
    at: float = field(default_factory=time.monotonic)
    in_line: dict[int, float] = field(default_factory=dict)

    def look(self) -> None:
        """Add up the tree as it is now; Elasticsearch, should the command have started it, is left out."""
        try:
            children = [child for child in self.root.children(recursive=True) if child.name() != "java"]
            self.cost.main = _cpu(self.root)
        except psutil.Error:
            return
        for child in children:
            try:
                self.seen[child.pid] = _cpu(child)
            except psutil.Error:
                continue
        self.cost.others = sum(self.seen.values())
        self._add_wanted([self.root, *children])
        if any(_has_other_parent(child, self.root.pid) for child in children):
            self.cost.until_workers_left = self.cost.main
        if self.count < MEMORY_EVERY or self.count % MEMORY_EVERY == 0:
            main, others = _memory(self.root), sum(map(_memory, children))
            if main + others > self.cost.peak_memory:
                self.cost.peak_memory, self.cost.peak_memory_main = main + others, main
        self.count += 1

    def _add_wanted(self, processes: Sequence[psutil.Process]) -> None:
        before, self.in_line = self.in_line, {process.pid: _wanted(process.pid) for process in processes}
        more = sum(max(wanted - before.get(pid, 0.0), 0.0) for pid, wanted in self.in_line.items())
        since, self.at = self.at, time.monotonic()
        self.cost.wanted += min(more, (self.at - since) * CORES)


def run(command: Sequence[str], environment: Mapping[str, str]) -> Outcome:
    """Run the command to its end."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    begun, before = time.monotonic(), _of_ended()
    process = subprocess.Popen(
        list(command), env=dict(environment), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    looks = _Looks(psutil.Process(process.pid))
    ended = threading.Event()
    watcher = threading.Thread(target=_watch, args=(looks, ended))
    watcher.start()
    try:
        output, errors = process.communicate()
    finally:
        ended.set()
        watcher.join()
    looks.cost.seconds = time.monotonic() - begun
    _wait_for(set(looks.seen))
    looks.cost.others = _of_ended() - before - looks.cost.main
    return Outcome(process.returncode, output, errors, looks.cost)


def _of_ended() -> float:
    """Seconds of CPU of all processes below this one that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _wait_for(left: set[int]) -> None:
    """Those of these processes that have become ours; what others have waited for is counted with these."""
    deadline = time.monotonic() + LAST
    while left and time.monotonic() < deadline:
        for pid in tuple(left):
            try:
                ended, _ = os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:  # not ours, or not yet
                if not psutil.pid_exists(pid):
                    left.discard(pid)
                continue
            if ended:
                left.discard(pid)
        time.sleep(0.01)


def _watch(looks: _Looks, ended: threading.Event) -> None:
    looks.look()
    while not ended.wait(LOOK_EVERY):
        looks.look()


def _has_other_parent(process: psutil.Process, pid: int) -> bool:
    """Workers are forked from a server process, which itself stays until the command ends."""
    try:
        return bool(process.ppid() != pid)
    except psutil.Error:
        return False


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _wanted(pid: int) -> float:
    """Seconds for which the threads that a process has now have run or stood in line (Linux; 0 where unknown)."""
    try:
        stated = [file.read_text().split() for file in Path(f"/proc/{pid}/task").glob("*/schedstat")]
    except OSError:
        return 0.0
    return sum(int(ran) + int(stood) for ran, stood, *_ in stated) / 1e9


def _memory(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except psutil.Error:
        return 0
