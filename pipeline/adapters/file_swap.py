"""Replacing a file in one step: whoever reads it sees the old bytes or the new ones, also after a power cut."""

import os
import shutil
import uuid
from contextlib import suppress
from pathlib import Path


def replace_file(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path``; permissions stay, a symbolic link goes on to lead to the file. Raises ``OSError``."""
    target = path.resolve()
    fresh = target.with_name(f".{uuid.uuid4().hex}.part")
    try:
        with fresh.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileNotFoundError):
            _take_over(target, fresh)
        fresh.replace(target)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


def _take_over(target: Path, fresh: Path) -> None:
    """Permissions and owner of the file that is to be replaced."""
    found = target.stat()
    shutil.copymode(target, fresh)
    with suppress(PermissionError):  # only root may give files away
        os.chown(fresh, found.st_uid, found.st_gid)
