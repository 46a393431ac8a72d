"""One worker process: how it is started, and what runs inside it."""

import contextlib
import itertools
import multiprocessing
import os
import pickle
import resource
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerContext, ForkServerProcess, SpawnContext, SpawnProcess
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Literal

from pipeline.adapters.memory import give_back, keep_no_large_blocks

TIDY_EVERY = 16
"""Calls after which a worker gives back the memory that they have freed: measured with pages, 25 MB and no time."""
ALARM_AFTER = 5.0
"""Seconds beyond a call's limit. A parent that lives has long ended the worker by then."""

Answer = tuple[Literal["returned", "raised", "failed"], Any]
"""What became of a call: its result, its exception, or in words why neither can be sent."""


class _WithoutMain(BaseProcess):
    """Started without the parent's main program.

    ``multiprocessing`` has each new process run it again, under the name ``__mp_main__``. Below Airflow that takes
    seconds, and nothing here needs it.
    """

    def start(self) -> None:
        self.authkey = bytes(self.authkey)  # of our library's kind, whatever it was before
        with _hidden_main(), _plain_parent(self.authkey), _no_modules_of_the_folder():
            super().start()


class _ForkedWorker(_WithoutMain, ForkServerProcess):
    pass


class _SpawnedWorker(_WithoutMain, SpawnProcess):
    pass


class _ForkServer(ForkServerContext):
    Process = _ForkedWorker


class _Spawn(SpawnContext):
    Process = _SpawnedWorker


def context_for(preload: tuple[str, ...]) -> ForkServerContext | SpawnContext:
    """Workers are forked from one process that has the modules ``preload``, or start from nothing where none forks."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return _Spawn()
    context = _ForkServer()
    context.set_forkserver_preload(list(preload))
    return context


def start_ahead(preload: tuple[str, ...]) -> None:
    """Start the process that workers are forked from, and do not wait for what it loads.

    For whoever knows that there will be work and has things to load himself. Called again it does nothing.
    """
    if not isinstance(context_for(preload), ForkServerContext):
        return
    from multiprocessing import forkserver, resource_tracker

    with contextlib.suppress(OSError):  # the first call says it, too
        resource_tracker.ensure_running()  # first, since starting it lets interrupts through again
        # What is started inherits the mask, and workers do from it: Ctrl-C is for this process alone.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            with _hidden_main(), _no_modules_of_the_folder():
                forkserver.ensure_running()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


_HIDING = threading.Lock()


@contextlib.contextmanager
def _hidden_main() -> Iterator[None]:
    """For a moment, the main program has no file and no name that a new process could find it by."""
    main: dict[str, Any] = vars(sys.modules["__main__"])
    with _HIDING:
        hidden: dict[str, Any] = {key: main.pop(key) for key in ("__file__", "__spec__") if key in main}
        main["__spec__"] = None
        try:
            yield
        finally:
            main.update(hidden)


@contextlib.contextmanager
def _plain_parent(key: bytes) -> Iterator[None]:
    """For a moment, this process is one like any other, though it runs below Celery.

    Celery's workers are daemons, and ``multiprocessing`` lets those have no children, lest these outlive them: ours
    never do (``_end_with_parent``). And their key is of a kind of its own, which a new process cannot be sent.
    """
    config: dict[str, Any] = vars(multiprocessing.current_process())["_config"]
    before = dict(config)
    config.update(daemon=False, authkey=key)
    try:
        yield
    finally:
        config.clear()
        config.update(before)


@contextlib.contextmanager
def _no_modules_of_the_folder() -> Iterator[None]:
    """For a moment, new interpreters look for no module in the current folder: it may hold another ``pipeline``.

    ``multiprocessing`` starts them with ``-c``, which would put that folder before all others.
    """
    before = os.environ.get("PYTHONSAFEPATH")
    os.environ["PYTHONSAFEPATH"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONSAFEPATH"]
        else:
            os.environ["PYTHONSAFEPATH"] = before


_unfit: Exception | None = None
"""Why this worker could not be made ready."""
_calls = itertools.count(1)


def equip(initializer: Callable[..., None] | None, initargs: tuple[Any, ...], memory: int | None) -> None:
    """Runs first in a new worker. An initializer that fails is told with every call."""
    global _unfit
    # pebble's own handler waits for the interpreter, which a call stuck in C code never gives back.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        if initializer is not None:
            initializer(*initargs)
        keep_no_large_blocks()
        if memory is not None:
            _take_no_more_than(memory)
    except Exception as error:
        _unfit = error


def _take_no_more_than(memory: int) -> None:
    """Bytes beyond what the process has now. The kernel then refuses more, and libraries say so instead of growing."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[5])  # of data, as the limit counts them
    except OSError:
        return  # only Linux tells, and only there does the limit hold
    most = pages * resource.getpagesize() + memory
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


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
        return pickle.dumps(("returned", function(*args)), pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        return pickle.dumps(("failed", "took more memory than a call may"), pickle.HIGHEST_PROTOCOL)
    except BaseException as error:
        return _raised(error)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.setitimer(signal.ITIMER_PROF, 0)
        if next(_calls) % TIDY_EVERY == 0:
            give_back()


def _raised(error: BaseException) -> bytes:
    """The exception in a form that surely arrives: some can be pickled but not read back, some would end a thread."""
    if isinstance(error, Exception):
        with contextlib.suppress(Exception):
            if not hasattr(error, "__notes__"):
                error.add_note("In the worker:\n" + "".join(traceback.format_exception(error)))
            answer = pickle.dumps(("raised", error), pickle.HIGHEST_PROTOCOL)
            pickle.loads(answer)  # noqa: S301 (written one line above)
            return answer
    return pickle.dumps(("failed", f"{type(error).__name__}: {error}"), pickle.HIGHEST_PROTOCOL)
