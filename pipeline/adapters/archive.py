"""The raw archive: every feed and page as received, in closed WARC files (ISO 28500:2017).

A file is written whole before the ledger's transaction points at it, so a crash leaves an orphan file at most.
Bodies keep the encoding they came in (mostly gzip), so the files themselves are not compressed again.
"""

import io
import os
import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

from pipeline.adapters.http.bodies import decode, encodings_of
from pipeline.errors import CannotRun
from pipeline.model import Exchange, RecordRef

MAX_RECORD_BYTES = 40_000_000
NOT_STORED = {"transfer-encoding"}  # the body is kept without its chunks
SECRET = {"set-cookie", "set-cookie2", "www-authenticate", "proxy-authenticate", "authentication-info"}


class Archive:
    """A folder, on disk or in an object store, addressed by an fsspec URL."""

    def __init__(self, url: str) -> None:
        import fsspec

        try:
            self._fs, self._root = fsspec.core.url_to_fs(url)
        except (ImportError, ValueError) as error:
            raise CannotRun(f"SITREP_ARCHIVE_URL cannot be opened: {error}") from None
        self._local = "file" in _protocols(self._fs)

    def write(self, exchanges: Sequence[Exchange]) -> list[RecordRef]:
        """Store a batch as one closed file; returns where each exchange lies, in order. Raises ``CannotRun``."""
        if not exchanges:
            return []
        buffer = io.BytesIO()
        offsets = _write_records(buffer, exchanges)
        name = f"{exchanges[0].at:%Y/%m/%d}/{exchanges[0].at:%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:12]}.warc"
        try:
            self._put(name, buffer.getvalue())
        except Exception as error:  # object stores raise errors of their own
            raise CannotRun(
                f"cannot write the archive {self._root}: {_why(error)}; nothing stored so far is lost"
            ) from None
        return [RecordRef(name, offset) for offset in offsets]

    def read(self, ref: RecordRef) -> Exchange:
        """The stored exchange, as received but for what is not stored; ``milliseconds`` and ``redirects`` are not.

        Raises ``CannotRun`` naming the record when it is gone or broken.
        """
        from warcio.archiveiterator import ArchiveIterator

        try:
            with self._fs.open(f"{self._root}/{ref.file}", "rb") as stream:
                stream.seek(ref.offset)
                return _exchange(next(iter(ArchiveIterator(stream, check_digests=True))))
        except Exception as error:  # a broken record may end the reading of it in any way
            raise CannotRun(f"archive record {ref.file} at {ref.offset} cannot be read ({_why(error)})") from None

    def remove_before(self, day: date) -> tuple[list[str], int]:
        """Remove the files of all days before ``day``; returns their names and how many bytes they held.

        What lies beside them (an operator's notes, an orphan of a crash) goes by its folder's date as well.
        Raises ``CannotRun``.
        """
        removed: list[str] = []
        size = 0
        try:
            for path, facts in sorted(self._fs.find(self._root, detail=True).items()):
                name = path.removeprefix(self._root).lstrip("/")
                if (of := _day(name)) is not None and of < day:
                    self._fs.rm_file(path)
                    removed.append(name)
                    size += facts.get("size") or 0
        except Exception as error:
            raise CannotRun(f"cannot clear out the archive {self._root}: {_why(error)}") from None
        return removed, size

    def _put(self, name: str, data: bytes) -> None:
        if not self._local:
            self._fs.pipe_file(f"{self._root}/{name}", data)
            return
        path = Path(self._root) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        try:
            _write_through(part, data)
        except OSError:
            part.unlink(missing_ok=True)  # on a full disk half a file is only in the way
            raise
        part.replace(path)
        _sync_folder(path.parent)


def _day(name: str) -> date | None:
    """The day of a file by its folders, ``2024/10/21/…``."""
    parts = name.split("/")
    try:
        return date(int(parts[0]), int(parts[1]), int(parts[2])) if len(parts) > 3 else None
    except ValueError:
        return None


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or ascii(str(error) or type(error).__name__)[1:-1][:200]


def _write_through(path: Path, data: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    """A new name lasts through a power cut only when its folder is on the disk as well."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _protocols(fs: Any) -> tuple[str, ...]:
    return (fs.protocol,) if isinstance(fs.protocol, str) else tuple(fs.protocol)


def _write_records(buffer: io.BytesIO, exchanges: Sequence[Exchange]) -> list[int]:
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    writer = WARCWriter(buffer, gzip=False, warc_version="WARC/1.1")
    offsets: list[int] = []
    for exchange in exchanges:
        offsets.append(buffer.tell())
        headers = [item for item in exchange.headers if item[0].lower() not in NOT_STORED | SECRET]
        record = writer.create_warc_record(
            exchange.url,
            "response",
            payload=io.BytesIO(exchange.raw),
            length=len(exchange.raw),
            http_headers=StatusAndHeaders(_status_line(exchange.status), _plain(headers), protocol="HTTP/1.1"),
            warc_headers_dict={
                "WARC-Date": exchange.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
                "WARC-X-Requested-URI": exchange.requested_url,
            },
        )
        writer.write_record(record)
    return offsets


def _status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Unknown"


def _plain(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    # Headers may hold bytes that are no text; WARC readers expect lines of ASCII.
    return [(_ascii(name), _ascii(value)) for name, value in headers]


def _ascii(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode("ascii")


def _exchange(record: Any) -> Exchange:
    raw = record.raw_stream.read(MAX_RECORD_BYTES)
    record.raw_stream.read(1)  # the digest is compared at the end of the stream
    if record.digest_checker.passed is not True:
        raise ValueError("its digest does not fit its bytes")
    headers = tuple(record.http_headers.headers)
    return Exchange(
        requested_url=record.rec_headers.get_header("WARC-X-Requested-URI"),
        url=record.rec_headers.get_header("WARC-Target-URI"),
        status=int(record.http_headers.get_statuscode()),
        headers=headers,
        raw=raw,
        body=decode(raw, encodings_of(headers), MAX_RECORD_BYTES),
        at=datetime.fromisoformat(record.rec_headers.get_header("WARC-Date")),
        milliseconds=0,
    )
