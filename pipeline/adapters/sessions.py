"""A session: everything that one process started, however it moved about since.

Airflow's workers outlive a scheduler that was killed, get another parent, ignore SIGTERM and put their tasks into
process groups of their own. None of that changes the session, so by it they are found again.
"""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Collection, Sequence

import psutil

from pipeline.adapters.processes import ProcessId, identify

POLL = 0.05
INSIST = 10.0
"""Seconds for the kernel to take away what was killed."""


def members(*leaders: ProcessId) -> tuple[ProcessId, ...]:
    """The processes that live in the sessions begun by ``leaders``, which may be gone; never the caller."""
    sessions = {leader.pid for leader in leaders if not _is_of_the_past(leader)}
    if not sessions:
        return ()
    found = (identify(pid) for pid in psutil.pids() if pid != os.getpid() and _session(pid) in sessions)
    return tuple(member for member in found if member is not None)


def end_sessions(leaders: Sequence[ProcessId], grace: float) -> bool:
    """Ask the leaders to end theirs; insist after ``grace`` seconds; True if there was anybody.

    Where a leader has gone there is nobody to ask.
    """
    found = members(*leaders)
    asked = set(leaders).intersection(found)
    _signal(asked, signal.SIGTERM)
    _wait(lambda: not asked.intersection(members(*leaders)), grace)
    kill_members(*leaders)
    return bool(found)


def kill_members(*leaders: ProcessId, spare: int | None = None) -> None:
    """Kill all in the sessions but the caller and the pid ``spare``.

    All are stopped first, so that none sees another die and takes it for a trouble of its own work.
    """
    end = time.monotonic() + INSIST
    while time.monotonic() < end:
        found = _stopped(leaders, spare)
        if not found:
            return
        _signal(found, signal.SIGKILL)
        time.sleep(POLL)


def _stopped(leaders: Sequence[ProcessId], spare: int | None) -> set[ProcessId]:
    """All of them, including those that were started while others were being stopped."""
    stopped = set[ProcessId]()
    while fresh := {member for member in members(*leaders) if member.pid != spare} - stopped:
        _signal(fresh, signal.SIGSTOP)
        stopped |= fresh
    return stopped


def _is_of_the_past(leader: ProcessId) -> bool:
    """Was its number given away since, or the machine started anew?"""
    now = identify(leader.pid)
    if now is not None:
        return now != leader
    us = identify(os.getpid())
    if us is None or "/" not in us.birth:  # without a boot's name, births are seconds since 1970
        return float(leader.birth) < psutil.boot_time()
    return us.birth.partition("/")[0] != leader.birth.partition("/")[0]


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except OSError:
        return None


def _signal(found: Collection[ProcessId], number: signal.Signals) -> None:
    for member in found:
        with contextlib.suppress(OSError):
            os.kill(member.pid, number)


def _wait(over: Callable[[], bool], limit: float) -> None:
    end = time.monotonic() + limit
    while not over() and time.monotonic() < end:
        time.sleep(POLL)
