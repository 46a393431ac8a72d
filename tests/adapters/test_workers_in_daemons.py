"""Text work inside a daemon process whose key cannot be sent: as which Celery runs its tasks."""

import multiprocessing
from multiprocessing.connection import Connection

from pipeline.adapters.workers import Workers


def double(number: int) -> int:
    return 2 * number


class Sealed(bytes):
    """As the key of a process of Celery's."""

    def __reduce__(self) -> str:
        raise TypeError("not to be pickled")


def work(mouth: Connection) -> None:
    vars(multiprocessing.current_process())["_config"]["authkey"] = Sealed(b"key")
    with Workers(1, limit=60) as workers:
        mouth.send((multiprocessing.current_process().daemon, workers.submit(double, 21).result()))
    mouth.send(multiprocessing.current_process().daemon)


def test_a_daemon_may_have_workers_and_stays_a_daemon() -> None:
    context = multiprocessing.get_context("spawn")
    ear, mouth = context.Pipe(duplex=False)
    process = context.Process(target=work, args=(mouth,), daemon=True)
    process.start()
    mouth.close()
    assert ear.recv() == (True, 42)
    assert ear.recv() is True
    process.join()
