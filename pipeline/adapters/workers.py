"""Worker processes with a time limit for each call. The only importer of pebble.

Each worker has a pebble pool of its own. In one pool of many the workers share a pipe and its locks: measured with
pebble 5.2, a worker that is killed while it waits breaks the pool for all, and one that is killed in the middle of an
answer keeps the locks. A pool of one can lose nothing but its own call.

A worker never outlives its parent, whatever ends that: waiting, it sees its pipe close; busy, a thread of it sees the
parent go; stuck in C code that lets no thread run, an alarm of the kernel ends it soon after the call's limit.
"""

import os
import pickle
import queue
import signal
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from pebble import ProcessExpired, ProcessPool

from pipeline.adapters.worker_process import Answer, context_for, equip, perform

Result = TypeVar("Result")
CPU_LIMIT = 5.0
"""Seconds of CPU for one call: a hundred times what a page takes, and the same however busy the machine is."""
CALLS_PER_WORKER = 1000
"""After so many calls a worker is replaced, so that what libraries leak is given back."""


def cores() -> int:
    """How many processors this process may use: fewer than the machine has, in a container or under ``taskset``."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class WorkFailed(Exception):
    """A call has no answer."""


class WorkTimeout(WorkFailed):
    """The call took longer, or more CPU, than its limit; its worker was killed."""


class WorkLost(WorkFailed):
    """The worker died during the call (crash, out of memory, killed), or the workers were closed."""


class Workers:
    """Up to ``jobs`` processes, each doing one call at a time; started when first needed.

    ``limit``: seconds for one call, counted from its start; ``cpu_limit``: seconds of CPU for it. ``preload``: modules
    that are imported once, in the process that workers are forked from (the first ``Workers`` of a program decides).
    ``initializer(*initargs)`` runs in each new worker; where it fails, every call raises what it raised.
    ``max_tasks``: calls until a worker is replaced. ``memory``: bytes that one may take beyond what it starts with
    (Linux); a call that wants more has no answer. Leaving the block cancels what waits and kills what runs.
    """

    def __init__(
        self,
        jobs: int,
        *,
        limit: float,
        cpu_limit: float = CPU_LIMIT,
        preload: tuple[str, ...] = (),
        initializer: Callable[..., None] | None = None,
        initargs: tuple[Any, ...] = (),
        max_tasks: int = CALLS_PER_WORKER,
        memory: int | None = None,
    ) -> None:
        context = context_for(preload)

        def build() -> ProcessPool:
            return ProcessPool(1, max_tasks, equip, (initializer, initargs, memory), context)

        self._seats = tuple(_Seat(build, limit, cpu_limit) for _ in range(jobs))
        # The seat used last is used first: little work wakes few workers.
        self._free: queue.LifoQueue[_Seat] = queue.LifoQueue()
        for seat in reversed(self._seats):
            self._free.put(seat)
        self._threads = ThreadPoolExecutor(jobs, "worker", initializer=_without_interrupts)

    def submit(self, function: Callable[..., Result], *args: Any) -> "Future[Result]":
        """Have ``function(*args)`` done by a worker. For asyncio, see ``asyncio.wrap_future``.

        The future raises ``WorkTimeout``, ``WorkLost``, or what the function raised, the worker's traceback as a note
        (``WorkFailed`` with its words if it cannot be sent).
        ``function`` must be importable from a module other than the main program.
        """
        return self._threads.submit(self._perform, function, args)

    def close(self) -> None:
        """End every worker. Safe to repeat."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for seat in self._seats:
            seat.stop()
        for seat in self._seats:
            seat.join()
        self._threads.shutdown(wait=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _perform(self, function: Callable[..., Result], args: tuple[Any, ...]) -> Result:
        # Not before it is this call's turn: hundreds may wait, and each would be in memory twice.
        call = pickle.dumps((function, args), pickle.HIGHEST_PROTOCOL)
        seat = self._free.get()
        try:
            answer: Answer = pickle.loads(seat.perform(call))  # noqa: S301 (written by a worker of ours)
        finally:
            self._free.put(seat)
        match answer:
            case "returned", result:
                return cast(Result, result)
            case "raised", error:
                raise error
            case _, words:
                raise WorkFailed(words)


class _Seat:
    """The place of one worker; one that dies or is killed is replaced."""

    def __init__(self, build: Callable[[], ProcessPool], limit: float, cpu_limit: float) -> None:
        self._build = build
        self._limit = limit
        self._cpu_limit = cpu_limit
        self._guard = threading.Lock()
        self._closed = False
        self._pool: ProcessPool | None = None
        self._running: Future[bytes] | None = None

    def perform(self, call: bytes) -> bytes:
        """Raises ``WorkTimeout`` or ``WorkLost``."""
        try:
            return self._answer(call)
        except RuntimeError:
            pass  # the worker had died before it took the call, which is nobody's fault: once more
        try:
            return self._answer(call)
        except RuntimeError as error:
            raise WorkLost("the worker died before it took the call, twice") from error

    def stop(self) -> None:
        with self._guard:
            self._closed = True
            if self._pool is not None:
                _stop(self._pool)

    def join(self) -> None:
        if self._pool is not None:
            self._pool.join()
        # Not before pebble's threads are gone: they do not expect that a running call is cancelled under their hands.
        if self._running is not None:
            self._running.cancel()

    def _answer(self, call: bytes) -> bytes:
        """As ``perform``; ``RuntimeError`` where pebble finds its worker dead before the call was begun."""
        running = self._begin(call)
        try:
            return running.result()
        except CancelledError:
            raise _closed() from None
        except TimeoutError:
            raise _overdue(self._limit) from None
        except ProcessExpired as error:
            if error.exitcode == -signal.SIGALRM:
                raise _overdue(self._limit) from None
            if error.exitcode == -signal.SIGPROF:
                raise WorkTimeout(f"took more than {self._cpu_limit:g} s of CPU") from None
            raise WorkLost(f"the worker died ({_cause(error.exitcode)})") from None

    def _begin(self, call: bytes) -> "Future[bytes]":
        with self._guard:
            if self._closed:
                raise _closed()
            pool = self._working_pool()
            self._running = pool.schedule(perform, (call, self._limit, self._cpu_limit), timeout=self._limit)
            return self._running

    def _working_pool(self) -> ProcessPool:
        if self._pool is None:
            self._pool = self._build()
        elif not self._pool.active:
            _stop(self._pool)
            self._pool.join()
            self._pool = self._build()
        return self._pool


def _stop(pool: Any) -> None:
    pool.stop()  # the one method that pebble leaves without annotations


def _closed() -> WorkLost:
    return WorkLost("the workers were closed")


def _overdue(limit: float) -> WorkTimeout:
    return WorkTimeout(f"took longer than {limit:g} s")


def _cause(exitcode: int) -> str:
    if exitcode >= 0:
        return f"exit status {exitcode}"
    try:
        return signal.Signals(-exitcode).name
    except ValueError:
        return f"signal {-exitcode}"


def _without_interrupts() -> None:
    """Ctrl-C is for the main thread. What this thread starts inherits the mask, so it reaches no worker either."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
