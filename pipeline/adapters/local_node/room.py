"""Is there room for a node on this machine?"""

import shutil
from contextlib import suppress
from pathlib import Path

import psutil

from pipeline.adapters.local_node.records import failed

MIN_MEMORY = 1_200_000_000
"""Bytes: 512 MB of heap, as much again for Java itself, the launcher and the files it maps."""
MIN_DISK = 500_000_000
"""Bytes: below this Elasticsearch places no new index, see its low watermark in the configuration."""


def check_room(data: Path) -> None:
    """Raises ``NodeFailed`` when a node would not come up, or would refuse to write soon after."""
    memory, disk = available_memory(), shutil.disk_usage(data).free
    if memory < MIN_MEMORY:
        raise failed(
            f"the local Elasticsearch needs {MIN_MEMORY / 1e9:.1f} GB of memory, {memory / 1e9:.1f} GB are available",
            "Close other programs and run the command again",
        )
    if disk < MIN_DISK:
        raise failed(
            f"the local Elasticsearch needs {MIN_DISK / 1e6:.0f} MB of disk, {disk / 1e6:.0f} MB are free at {data}",
            "Free some space or set SITREP_HOME to a larger disk",
        )


def available_memory() -> int:
    """Bytes that may still be used, by the machine or by a container's limit, whichever is less."""
    return min(psutil.virtual_memory().available, _below_limit(Path("/sys/fs/cgroup")))


def _below_limit(cgroup: Path) -> int:
    """What a cgroup (v2, or v1 where it is mounted in the usual place) leaves; files in its cache do not count."""
    for limit, used, cached in (
        ("memory.max", "memory.current", "inactive_file"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "total_inactive_file"),
    ):
        with suppress(OSError, ValueError):  # "max" where there is no limit
            folder = (cgroup / limit).parent
            room = int((cgroup / limit).read_text()) - int((cgroup / used).read_text())
            return room + _statistic(folder / "memory.stat", cached)
    return psutil.virtual_memory().total


def _statistic(file: Path, name: str) -> int:
    lines = (line.split() for line in file.read_text().splitlines())
    return next((int(value) for key, value in lines if key == name), 0)
