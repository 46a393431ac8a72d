"""How much room files take on this machine."""

import os
import shutil
from contextlib import suppress
from pathlib import Path


def folder_bytes(folder: Path) -> int:
    """Bytes of all files below, 0 where there is no folder; what vanishes meanwhile or may not be read is left out."""
    total = 0
    waiting = [str(folder)]
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as items:
            for item in items:
                if item.is_dir(follow_symlinks=False):
                    waiting.append(item.path)
                else:
                    total += item.stat(follow_symlinks=False).st_size
    return total


def free_bytes(path: Path) -> int | None:
    """What may still be written where ``path`` is, or will be; ``None`` where nobody can tell."""
    with suppress(OSError):
        existing = next(place for place in (path, *path.parents) if place.exists())
        return shutil.disk_usage(existing).free
    return None
