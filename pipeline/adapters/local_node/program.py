"""The unpacked server in the cache: made once, read by every node of this user."""

import fcntl
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.adapters.local_node.download import fetch
from pipeline.adapters.local_node.records import Release, failed

UNPACKED_SIZE = 120_000_000


def program(release: Release, cache: Path, announce: Callable[[str], None]) -> Path:
    """The folder of the server, downloaded and unpacked if it is not there yet. Raises ``NodeFailed``."""
    folder = cache / release.archive.removesuffix(".zip")
    if folder.is_dir():
        return folder
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with exclusive(cache / "elasticsearch.lock", announce, "another process is downloading Elasticsearch; waiting"):
            if not folder.is_dir():
                _check_space(release, cache)
                announce(f"downloading Elasticsearch {release.version} ({release.size / 1e6:.0f} MB, once) to {cache}")
                _unpack(fetch(release, cache), folder)
    except OSError as error:
        raise failed(
            f"cannot put Elasticsearch into {cache}: {error.strerror or error}",
            "Set SITREP_CACHE to a folder you may write, with 250 MB free",
        ) from None
    return folder


def _check_space(release: Release, cache: Path) -> None:
    free, needed = shutil.disk_usage(cache).free, release.size + UNPACKED_SIZE
    if free < needed:
        raise failed(
            f"{free / 1e6:.0f} MB are free at {cache}; download and unpacking need {needed / 1e6:.0f} MB",
            "Free some space or set SITREP_CACHE to a larger disk",
        )


def _unpack(archive: Path, folder: Path) -> None:
    """All or nothing: the folder gets its name when it is complete; then the archive has done its work."""
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    with zipfile.ZipFile(archive) as content:
        content.extractall(unfinished)
    (unfinished / folder.name).replace(folder)
    unfinished.rmdir()
    archive.unlink()


@contextmanager
def exclusive(path: Path, announce: Callable[[str], None], waiting: str) -> Iterator[None]:
    """Hold the lock file ``path``; the kernel gives it back when its holder dies. Says ``waiting`` if it has to."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            announce(waiting)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
