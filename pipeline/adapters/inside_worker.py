"""What runs inside a worker process: it is made ready once, then does one call after another, each within limits."""

import contextlib
import multiprocessing
import os
import pickle
import resource
import signal
import threading
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Literal

from pipeline.adapters.memory import held, keep_little

ALARM_AFTER = 5.0
"""Seconds beyond a call's limit. A parent that lives has long ended the worker by then."""
BEGUN = b"begun"
"""What a worker sends when it has a call in hand; the next message is its answer."""

MOST_HELD = 10_000_000
"""Bytes beyond what it began with: a worker that holds more after a call is full, and another takes its place.

Measured with pages: after some twelve of them, with never more than 44 MB of its own, some 16 of which are copies of
what is shared. One that lives on has 57 after 400 pages, and does them no faster.
"""
WORTH_A_START = 20
"""Times the CPU of its start that a worker has to work: few need more than 10 ms, one that had to load it all 800."""

Answer = tuple[Literal["returned", "raised", "failed"], Any, bool]
"""What became of a call: its result, its exception, or in words why neither can be sent; and is the worker full?"""

_TOO_LARGE = pickle.dumps(("failed", "took more memory than a call may", True), pickle.HIGHEST_PROTOCOL)
"""Made while there is memory to make it in."""

_unfit: Exception | None = None
"""Why this worker could not be made ready."""
_held_at_first, _spent_at_first = 0, 0.0


def equip(initializer: Callable[..., None] | None, initargs: tuple[Any, ...], memory: int | None) -> None:
    """Runs first in a new worker. An initializer that fails is told with every call."""
    global _unfit, _held_at_first, _spent_at_first
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # whatever the process it was forked from made of it
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        if initializer is not None:
            initializer(*initargs)
        keep_little()
        if memory is not None:
            _take_no_more_than(memory)
    except Exception as error:
        _unfit = error
    _held_at_first, _spent_at_first = held(), time.process_time()


def _is_full() -> bool:
    return held() > _held_at_first + MOST_HELD and time.process_time() > WORTH_A_START * _spent_at_first


def _take_no_more_than(memory: int) -> None:
    """Bytes beyond what the process has now. The kernel then refuses more, and libraries say so instead of growing."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[5])  # of data, as the limit counts them
    except OSError:
        return  # only Linux tells, and only there does the limit hold
    most = pages * resource.getpagesize() + memory
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def serve(pipe: Connection, limit: float, cpu_limit: float, *equipment: Any) -> None:
    """All that a worker does: one call after another, until its parent hangs up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent alone
    equip(*equipment)
    with contextlib.suppress(EOFError, OSError, MemoryError):
        while True:
            call = pipe.recv_bytes()
            pipe.send_bytes(BEGUN)
            pipe.send_bytes(perform(call, limit, cpu_limit))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGKILL)


def perform(call: bytes, limit: float, cpu_limit: float) -> bytes:
    """Do a pickled call; the pickled ``Answer``. The kernel ends the worker at a limit, whatever code runs in it."""
    signal.setitimer(signal.ITIMER_REAL, limit + ALARM_AFTER)
    signal.setitimer(signal.ITIMER_PROF, cpu_limit)
    try:
        if _unfit is not None:
            raise _unfit.with_traceback(None)
        function, args = pickle.loads(call)  # noqa: S301 (written by our parent)
        return pickle.dumps(("returned", function(*args), _is_full()), pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        return _TOO_LARGE
    except BaseException as error:
        return _raised(error)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.setitimer(signal.ITIMER_PROF, 0)


def _raised(error: BaseException) -> bytes:
    """The exception in a form that surely arrives: some can be pickled but not read back, some would end a thread."""
    if isinstance(error, Exception):
        with contextlib.suppress(Exception):
            if not hasattr(error, "__notes__"):
                error.add_note("In the worker:\n" + "".join(traceback.format_exception(error)))
            answer = pickle.dumps(("raised", error, _is_full()), pickle.HIGHEST_PROTOCOL)
            pickle.loads(answer)  # noqa: S301 (written one line above)
            return answer
    return pickle.dumps(("failed", f"{type(error).__name__}: {error}", _is_full()), pickle.HIGHEST_PROTOCOL)
