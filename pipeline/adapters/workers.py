"""Worker processes with a time limit for each call.

Each worker has a pipe of its own and a thread here that waits for its answer: nothing is shared, so a worker that is
killed, at whatever moment, can lose nothing but its own call.

A worker never outlives its parent, whatever ends that: waiting, it sees its pipe close; busy, a thread of it sees the
parent go; stuck in C code that lets no thread run, an alarm of the kernel ends it soon after the call's limit.
"""

import os
import pickle
import queue
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from pipeline.adapters.inside_worker import BEGUN, Answer
from pipeline.adapters.worker_process import CannotStart, WorkerGone, WorkerProcess, context_for

Result = TypeVar("Result")
CPU_LIMIT = 5.0
"""Seconds of CPU for one call: a hundred times what a page takes, and the same however busy the machine is."""
CALLS_PER_WORKER = 1000
"""After so many calls a worker is replaced at the latest, so that what libraries leak is given back."""
START_LIMIT = 60.0
"""Seconds that a worker has to get ready and take a call into its hands."""
AGAIN_AFTER = 0.5
"""Seconds until a worker is started again where it could not be: what forks them may just have died."""


def cores() -> int:
    """How many processors this process may use: fewer than the machine has, in a container or under ``taskset``."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class WorkFailed(Exception):
    """A call has no answer."""


class WorkTimeout(WorkFailed):
    """The call took longer, or more CPU, than its limit; its worker was killed."""


class WorkLost(WorkFailed):
    """The worker died during the call (crash, out of memory, killed), none could be started, or all were closed."""


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

        def start() -> WorkerProcess:
            return WorkerProcess(context, limit, cpu_limit, initializer, initargs, memory)

        self._seats = tuple(_Seat(start, limit, cpu_limit, max_tasks) for _ in range(jobs))
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
            seat.close()
        self._threads.shutdown(wait=True)
        for seat in self._seats:
            seat.clear()

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
            kind, result, is_full = cast(Answer, pickle.loads(seat.perform(call)))  # noqa: S301 (from a worker of ours)
            if is_full:
                seat.clear()
        finally:
            self._free.put(seat)
        match kind:
            case "returned":
                return cast(Result, result)
            case "raised":
                raise result
            case _:
                raise WorkFailed(result)


class _Seat:
    """The place of one worker; one that dies, is killed or has done its share is replaced by the next call."""

    def __init__(self, start: Callable[[], WorkerProcess], limit: float, cpu_limit: float, most_calls: int) -> None:
        self._start = start
        self._limit = limit
        self._cpu_limit = cpu_limit
        self._most_calls = most_calls
        self._guard = threading.Lock()
        self._closed = False
        self._worker: WorkerProcess | None = None
        self._calls = 0

    def perform(self, call: bytes) -> bytes:
        """Raises ``WorkTimeout`` or ``WorkLost``."""
        trouble = "the worker died before it took the call, twice"
        for _ in range(2):
            try:
                worker = self._ready()
            except CannotStart as error:
                trouble = f"no worker could be started ({error})"
                time.sleep(AGAIN_AFTER)
                continue
            try:
                worker.send(call)
                if worker.receive(START_LIMIT) == BEGUN:
                    return self._answer(worker)
            except WorkerGone:
                pass  # before it took the call, which is nobody's fault: once more
            except BaseException:
                self._retire(worker)  # what is left of its answer must not meet the next call
                raise
            self._retire(worker)
        raise WorkLost(trouble)

    def close(self) -> None:
        """No more calls; the one under way ends, and whoever waits for it learns so."""
        with self._guard:
            self._closed = True
            if self._worker is not None:
                self._worker.kill()

    def clear(self) -> None:
        """Once nobody waits for an answer any more."""
        if self._worker is not None:
            self._retire(self._worker)

    def _ready(self) -> WorkerProcess:
        """A worker that has calls left. Raises ``CannotStart``, and ``WorkLost`` where all is closed."""
        if self._calls == self._most_calls:
            self.clear()
        if self._closed:
            raise _closed()
        worker = self._worker
        if worker is None:
            worker = self._start()
            self._calls = 0
            with self._guard:
                self._worker = worker
                if self._closed:
                    worker.kill()
        self._calls += 1
        return worker

    def _answer(self, worker: WorkerProcess) -> bytes:
        try:
            answer = worker.receive(self._limit)
        except WorkerGone as gone:
            if self._closed:
                raise _closed() from None
            if gone.status == -signal.SIGALRM:
                raise _overdue(self._limit) from None
            if gone.status == -signal.SIGPROF:
                raise WorkTimeout(f"took more than {self._cpu_limit:g} s of CPU") from None
            raise WorkLost(f"the worker died ({_cause(gone.status)})") from None
        if answer is None:
            raise _overdue(self._limit)
        return answer

    def _retire(self, worker: WorkerProcess) -> None:
        with self._guard:
            self._worker = None
        worker.kill()
        worker.end()


def _closed() -> WorkLost:
    return WorkLost("the workers were closed")


def _overdue(limit: float) -> WorkTimeout:
    return WorkTimeout(f"took longer than {limit:g} s")


def _cause(status: int | None) -> str:
    if status is None or status >= 0:
        return f"exit status {'unknown' if status is None else status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"


def _without_interrupts() -> None:
    """Ctrl-C is for the main thread. What this thread starts inherits the mask, so it reaches no worker either."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
