"""Log files that may not grow for ever: old ones go, long ones are cut."""

import os
import shutil
from contextlib import suppress
from pathlib import Path


def remove_older(folder: Path, before: float) -> int:
    """Remove files below ``folder`` last written before then (seconds since 1970), and folders that this empties.

    How many files went; what cannot be removed stays. An empty folder that somebody has just made is left to him.
    """
    removed = 0
    emptied = set[Path]()
    for place, _, names in os.walk(folder, topdown=False):
        gone = sum(_remove(Path(place, name), before) for name in names)
        removed += gone
        if (gone or Path(place) in emptied) and Path(place) != folder:
            with suppress(OSError):  # it is not empty
                Path(place).rmdir()
                emptied.add(Path(place).parent)
    return removed


def cut(log: Path, limit: int) -> bool:
    """Move what is in a log of more than ``limit`` bytes to ``….1``; those who write go on in the emptied file.

    They must have opened it for adding. A line written in the moment between is lost.
    """
    try:
        if log.stat().st_size <= limit:
            return False
        shutil.copyfile(log, log.with_name(f"{log.name}.1"))
        os.truncate(log, 0)
    except OSError:
        return False
    return True


def _remove(path: Path, before: float) -> bool:
    with suppress(OSError):
        if path.lstat().st_mtime < before:
            path.unlink()
            return True
    return False
