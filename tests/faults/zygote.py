"""A process that has imported everything and forks itself for each job, so that a killed round costs a tenth of one.

``python -m tests.faults.zygote SOCKET`` listens; each connection is one job, run in a child of its own: a function of
``tests.faults.jobs`` by name with keyword arguments in, what became of it out. A child that is killed just hangs up.
"""

import multiprocessing.connection as channel
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

KEY = b"fault tests on this machine"


@dataclass(frozen=True)
class Ended:
    """How a job ended; ``value`` is its result, or the name and words of what it raised."""

    how: Literal["done", "raised", "killed"]
    value: Any = None


class Job:
    """One that runs."""

    def __init__(self, connection: "channel.Connection") -> None:
        self._connection = connection
        self.pid: int = connection.recv()

    def kill(self) -> None:
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            """It has ended by itself."""

    def end(self) -> Ended:
        try:
            return Ended(*self._connection.recv())
        except (EOFError, ConnectionResetError):
            return Ended("killed")
        finally:
            self._connection.close()


class Zygote:
    """The test's side."""

    def __init__(self, address: str) -> None:
        self._address = address

    def start(self, job: str, **arguments: Any) -> Job:
        connection = channel.Client(self._address, authkey=KEY)
        connection.send((job, arguments))
        return Job(connection)

    def run(self, job: str, **arguments: Any) -> Ended:
        return self.start(job, **arguments).end()


@contextmanager
def open_zygote(folder: Path) -> Iterator[Zygote]:
    """A zygote that ends with the block."""
    address = str(folder / "zygote")
    one_thread = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    command = [sys.executable, "-m", "tests.faults.zygote", address]
    with subprocess.Popen(command, env={**os.environ, **one_thread}, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            yield Zygote(address)
        finally:
            process.kill()


def _serve(address: str) -> None:
    from tests.faults import jobs

    jobs.warm_up()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children that end are gone at once
    with channel.Listener(address, authkey=KEY) as listener:
        print("ready", flush=True)
        while True:
            connection = listener.accept()
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                _perform(connection, jobs)
            connection.close()


def _perform(connection: "channel.Connection", jobs: Any) -> None:
    name, arguments = connection.recv()
    connection.send(os.getpid())
    try:
        answer: Any = ("done", getattr(jobs, name)(**arguments))
    except BaseException as error:
        if type(error).__module__ != "pipeline.errors":
            traceback.print_exc()
        answer = ("raised", f"{type(error).__name__}: {error}")
    connection.send(answer)
    os._exit(0)


if __name__ == "__main__":
    _serve(sys.argv[1])
