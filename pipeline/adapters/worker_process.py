"""One worker process as its parent has it: how it is started, and how calls and answers go to and fro."""

import contextlib
import multiprocessing
import os
import signal
import socket
import struct
import sys
import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext, ForkServerProcess, SpawnContext, SpawnProcess
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from pipeline.adapters.inside_worker import serve

GRACE = 1.0
"""Seconds that a worker whose pipe is closed has to end by itself, so that its exit status tells why."""
DYING = 5.0
"""Seconds that one who is killed may take: in the middle of a disk's answer the kernel lets nobody die."""
STALLED = 60.0
"""Seconds after which one is given up that takes, or sends, no more of a message begun."""


OWN = ("multiprocessing.popen_forkserver", __name__)
"""Modules that every worker needs before anything else."""


class CannotStart(Exception):
    """No worker could be started."""


class WorkerGone(Exception):
    """The worker has ended. ``status``: its exit status, the number of a signal below zero; ``None``: unknown."""

    def __init__(self, status: int | None) -> None:
        super().__init__(f"exit status {status}")
        self.status = status


class _WithoutMain(BaseProcess):
    """Started without the parent's main program.

    ``multiprocessing`` has each new process run it again, under the name ``__mp_main__``. Below Airflow that takes
    seconds, and nothing here needs it.
    """

    def start(self) -> None:
        self.authkey = bytes(self.authkey)  # of our library's kind, whatever it was before
        with _hidden_main(), _plain_parent(self.authkey), _no_modules_of_the_folder(), _no_tracker():
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
    context.set_forkserver_preload([*OWN, *preload])
    return context


def start_ahead(preload: tuple[str, ...]) -> None:
    """Start the process that workers are forked from, and do not wait for what it loads.

    For whoever knows that there will be work and has things to load himself. Called again it does nothing.
    """
    if not isinstance(context_for(preload), ForkServerContext):
        return
    from multiprocessing import forkserver

    with contextlib.suppress(OSError):  # the first call says it, too
        # What is started inherits the mask, and workers do from it: Ctrl-C is for this process alone.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            with _hidden_main(), _no_modules_of_the_folder(), _no_tracker():
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
    never do (``inside_worker``). And their key is of a kind of its own, which a new process cannot be sent.
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


@contextlib.contextmanager
def _no_tracker() -> Iterator[None]:
    """For a moment, what workers are forked from is started and asked without the tracker of ``multiprocessing``.

    That is one more Python, of 8 MB, which tidies up semaphores and shared memory behind processes that die. Workers
    have neither, and what they would tell it goes nowhere. Only inside ``_hidden_main``, which lets in one thread.
    """
    from multiprocessing import forkserver

    names: dict[str, Any] = vars(forkserver)
    before = names["resource_tracker"]
    with Path(os.devnull).open("wb") as nowhere:
        names["resource_tracker"] = SimpleNamespace(ensure_running=lambda: None, getfd=nowhere.fileno)
        try:
            yield
        finally:
            names["resource_tracker"] = before


class WorkerProcess:
    """A running worker, as its parent has it: one thread speaks with it at a time, any may ``kill`` it."""

    # Starting one process looks whether others have ended, and an exit status can be read but once.
    _starting_or_ending = threading.RLock()

    def __init__(self, context: ForkServerContext | SpawnContext, *arguments: Any) -> None:
        """``arguments``: those of ``serve`` behind its pipe. Raises ``CannotStart``."""
        self._killing = threading.Lock()
        self._ended = False
        self._status: int | None = None
        self._pipe, theirs = multiprocessing.Pipe()
        try:
            _bound(self._pipe)
            with self._starting_or_ending:
                self._process = context.Process(target=serve, args=(theirs, *arguments), daemon=True)
                self._process.start()
                self._sentinel = self._process.sentinel
                self._handle = _handle(self._process.pid)
        except BaseException as error:
            self._pipe.close()
            # What forks them may itself have died, and says so in many ways.
            if isinstance(error, (OSError, EOFError, RuntimeError)):
                raise CannotStart(f"{type(error).__name__}: {error}") from error
            raise
        finally:
            theirs.close()

    def send(self, message: bytes) -> None:
        """Raises ``WorkerGone``."""
        try:
            self._pipe.send_bytes(message)
        except OSError:
            raise WorkerGone(self.end()) from None

    def receive(self, seconds: float) -> bytes | None:
        """The next message, ``None`` where none begins for so long. Raises ``WorkerGone``."""
        try:
            return self._pipe.recv_bytes() if self._pipe.poll(seconds) else None
        except (EOFError, OSError):
            raise WorkerGone(self.end()) from None

    def kill(self) -> None:
        """Whoever waits for a message finds it gone."""
        with self._killing:
            if self._handle is not None:
                with contextlib.suppress(OSError):  # it has ended
                    signal.pidfd_send_signal(self._handle, signal.SIGKILL)
            elif not self._ended:
                self._process.kill()

    def end(self) -> int | None:
        """Make sure that it ends; returns its exit status. Not for two threads at once."""
        if not self._ended:
            wait([self._sentinel], GRACE)  # one that has closed its pipe is about to end
            self.kill()
            gone = wait([self._sentinel], DYING)
            with self._killing, self._starting_or_ending:
                self._ended = True
                if gone:
                    self._process.join()
                    self._status = self._process.exitcode
                    self._process.close()
                if self._handle is not None:
                    os.close(self._handle)
                    self._handle = None
            self._pipe.close()
        return self._status


def _bound(pipe: Connection) -> None:
    """Have a message that stalls fail with an ``OSError``, where the pipe is a socket that knows time."""
    if hasattr(socket, "SO_SNDTIMEO"):
        seconds = struct.pack("@ll", int(STALLED), round(STALLED % 1 * 1e6))
        with socket.socket(fileno=os.dup(pipe.fileno())) as same:
            same.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, seconds)
            same.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, seconds)


def _handle(pid: int | None) -> int | None:
    """A descriptor that stands for this very process, whoever has its number later; ``None`` where there are none."""
    if pid is None or not hasattr(os, "pidfd_open"):
        return None
    with contextlib.suppress(OSError):  # an older kernel, or it has ended already
        return os.pidfd_open(pid)
    return None
