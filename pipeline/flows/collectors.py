"""The collectors of one round as processes of this machine, where nothing else deals out the shards."""

from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from pipeline.adapters.inside_worker import equip
from pipeline.adapters.worker_process import context_for
from pipeline.adapters.workers import cores
from pipeline.errors import CannotRun, RoundRunning, SitrepError
from pipeline.flows.shards import Shard
from pipeline.flows.textwork import PRELOAD
from pipeline.logs import configure_logs

Collect = Callable[[Shard, int], None]
"""Collects one shard with so many worker processes. It must be possible to send it to another process."""

ENDED = None
"""What a collector says that has done its part."""


def collect_in_processes(collect: Collect, shards: int) -> None:
    """Run one collector a shard and wait for all. One that fails leaves the others alone.

    Raises the first trouble, in the order of the shards; ``RoundRunning`` only when no collector had anything to do.
    """
    started = [_start(collect, Shard(number, shards)) for number in range(shards)]
    said = [_wait(process, ear) for process, ear in started]
    troubles = [trouble for trouble in said if trouble is not ENDED]
    idle = [trouble for trouble in troubles if isinstance(trouble, RoundRunning)]
    grave = [trouble for trouble in troubles if not isinstance(trouble, RoundRunning)]
    if grave or len(idle) == shards:
        raise (grave or idle)[0]


def _start(collect: Collect, shard: Shard) -> tuple[BaseProcess, Connection]:
    context = context_for(PRELOAD)
    ear, mouth = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(collect, shard, mouth), name=f"collector-{shard.number}")
    process.start()
    mouth.close()
    return process, ear


def _work(collect: Collect, shard: Shard, mouth: Connection) -> None:
    """What runs in a collector's process: it ends with its parent, and tells known trouble in one message."""
    equip(None, (), None)
    configure_logs()
    try:
        collect(shard, max(1, cores() // shard.of))
    except SitrepError as error:
        mouth.send(error)
    except KeyboardInterrupt:
        return  # the parent says so
    else:
        mouth.send(ENDED)


def _wait(process: BaseProcess, ear: Connection) -> SitrepError | None:
    try:
        said: SitrepError | None = ear.recv()
    except EOFError:
        said = CannotRun(f"{process.name} died; what it had stored is safe, the next round goes on from there")
    process.join()
    return said
