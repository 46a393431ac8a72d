"""What collectors do in tests of their processes."""

import os
import signal
from functools import partial
from pathlib import Path

from pipeline.errors import SitrepError
from pipeline.flows.collectors import Collect
from pipeline.flows.shards import Shard


def dies_in_the_second(folder: Path) -> Collect:
    return partial(_dies, folder)


def says(troubles: dict[int, SitrepError]) -> Collect:
    return partial(_says, troubles)


def _dies(folder: Path, shard: Shard, _jobs: int) -> None:
    if shard.number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    (folder / str(shard.number)).touch()


def _says(troubles: dict[int, SitrepError], shard: Shard, _jobs: int) -> None:
    if shard.number in troubles:
        raise troubles[shard.number]
