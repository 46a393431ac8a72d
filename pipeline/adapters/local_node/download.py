"""The archive of Elasticsearch, from the repository that ``maven-artifact`` knows, checked by size and digest."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipeline.adapters.local_node.records import Release, failed
from pipeline.errors import NodeFailed

GROUP, NAME = "org.elasticsearch.distribution.integ-test-zip", "elasticsearch"
ATTEMPTS = 3
CONNECT_TIMEOUT, READ_TIMEOUT = 20, 60
CHUNK = 1 << 16
"""Bytes; what came of an unfinished chunk is lost with its connection."""

Count = Callable[[int], None]


def fetch(release: Release, folder: Path) -> Path:
    """The checked archive in ``folder``; a download that was cut off goes on where it stopped.

    A progress bar goes to standard error. Raises ``NodeFailed``.
    """
    archive = folder / release.archive
    if archive.is_file() and _digest(archive) == release.sha256:
        return archive
    part = archive.with_name(archive.name + ".part")
    try:
        with _progress(release) as count:
            _transfer_all(release, part, count)
        _check(release, part)
        return part.replace(archive)
    except OSError as error:
        if error.errno is None:  # of the network; of the disk it would have a number
            raise _trouble(release, part, error) from None
        raise


def _transfer_all(release: Release, part: Path, count: Count) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            _transfer(release, part, count)
            return
        except OSError as error:
            if error.errno is not None or _refused(error) or attempt == ATTEMPTS:
                raise


def _refused(error: OSError) -> bool:
    """An answer that another try would not change."""
    status = getattr(getattr(error, "response", None), "status_code", 0)
    return 400 <= status < 500 and status != 429


def _transfer(release: Release, part: Path, count: Count) -> None:
    """One request for what is still missing; what arrives is kept even if the connection breaks."""
    have = part.stat().st_size if part.exists() else 0
    if have >= release.size:
        have = 0
    answer = _open(release, have)
    with answer, part.open("ab" if answer.status_code == 206 else "wb") as file:
        count(file.tell())
        for chunk in answer.iter_content(CHUNK):
            file.write(chunk)
            count(file.tell())
            if file.tell() > release.size:
                break  # not what was asked for: the check says so


def _open(release: Release, offset: int) -> Any:
    from maven_artifact import Artifact, Downloader  # costs 0.2 s, and is needed once in the life of a cache

    downloader = Downloader(release.repository) if release.repository else Downloader()
    url = downloader.resolver.uri_for_artifact(Artifact(GROUP, NAME, release.version, extension="zip"))
    timeout = (CONNECT_TIMEOUT, READ_TIMEOUT)
    # The package sets the headers itself; an "auth" hook is the one door to add another (RFC 9110, 14.2).
    return downloader.requestor.request(url, None, stream=True, timeout=timeout, auth=_from(offset))


def _from(offset: int) -> Callable[[Any], Any]:
    def ask(request: Any) -> Any:
        request.headers["Accept-Encoding"] = "identity"
        if offset:
            request.headers["Range"] = f"bytes={offset}-"
        return request

    return ask


def _check(release: Release, part: Path) -> None:
    if part.stat().st_size < release.size:
        raise _cut_off(release, part)
    if _digest(part) != release.sha256:
        part.unlink()
        raise failed(
            f"the download of {release.archive} is not what was published (its SHA-256 digest differs); it was deleted",
            "Run the command again; if it stays so, something on the way (a proxy?) alters it: take another network",
        )


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _trouble(release: Release, part: Path, error: OSError) -> NodeFailed:
    if part.exists() and part.stat().st_size:
        return _cut_off(release, part)
    return failed(
        f"cannot download {release.archive}: {_reason(error)}",
        "Check the network (a proxy is taken from HTTPS_PROXY) and run the command again, "
        f"put the file ({NAME} {release.version} of {GROUP}) into {part.parent}",
    )


def _cut_off(release: Release, part: Path) -> NodeFailed:
    have, whole = part.stat().st_size / 1e6, release.size / 1e6
    return failed(
        f"the download of {release.archive} was cut off at {have:.1f} of {whole:.1f} MB",
        "Run the command again, it goes on where it stopped",
    )


def _reason(error: BaseException) -> str:
    """The innermost cause that the HTTP library wrapped into others."""
    inner = getattr(error, "reason", None) or next((arg for arg in error.args if isinstance(arg, Exception)), None)
    if isinstance(inner, BaseException):
        return _reason(inner)
    return str(error) or type(error).__name__


@contextmanager
def _progress(release: Release) -> Iterator[Count]:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(f"Elasticsearch {release.version}", total=release.size)
        yield lambda done: progress.update(task, completed=done)
