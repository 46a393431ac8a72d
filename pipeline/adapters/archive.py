"""The raw archive: every feed and page as received, in closed WARC files (ISO 28500:2017).

A file is written whole before the ledger's transaction points at it, so a crash leaves an orphan file at most.
Bodies keep the encoding they came in (mostly gzip), so the files themselves are not compressed again.
"""

import io
import os
import uuid
from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import Any

from pipeline.adapters.http.bodies import decode
from pipeline.errors import CannotRun
from pipeline.model import Exchange, RecordRef

MAX_RECORD_BYTES = 40_000_000
NOT_STORED = {"transfer-encoding"}  # the body is kept without its chunks
SECRET = {"set-cookie", "www-authenticate"}


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
        except OSError as error:
            reason = error.strerror or str(error)
            raise CannotRun(f"cannot write the archive {self._root}: {reason}; nothing stored so far is lost") from None
        return [RecordRef(name, offset) for offset in offsets]

    def read(self, ref: RecordRef) -> Exchange:
        """The stored exchange. Raises ``CannotRun`` when the record is gone or broken."""
        from warcio.archiveiterator import ArchiveIterator

        try:
            with self._fs.open(f"{self._root}/{ref.file}", "rb") as stream:
                stream.seek(ref.offset)
                return _exchange(next(iter(ArchiveIterator(stream))))
        except (OSError, StopIteration, ValueError, KeyError, AttributeError) as error:
            raise CannotRun(f"archive record {ref.file} at {ref.offset} cannot be read ({error})") from None

    def _put(self, name: str, data: bytes) -> None:
        path = f"{self._root}/{name}"
        if not self._local:
            self._fs.pipe_file(path, data)
            return
        self._fs.makedirs(str(PurePosixPath(path).parent), exist_ok=True)
        with self._fs.open(f"{path}.part", "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        self._fs.mv(f"{path}.part", path)


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
                "WARC-Date": f"{exchange.at:%Y-%m-%dT%H:%M:%SZ}",
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
    # Header values may hold bytes that are no text; WARC readers expect lines of ASCII.
    return [(name, value.encode("ascii", "backslashreplace").decode("ascii")) for name, value in headers]


def _exchange(record: Any) -> Exchange:
    raw = record.raw_stream.read(MAX_RECORD_BYTES)
    headers = tuple(record.http_headers.headers)
    encoding = record.http_headers.get_header("Content-Encoding")
    return Exchange(
        requested_url=record.rec_headers.get_header("WARC-X-Requested-URI"),
        url=record.rec_headers.get_header("WARC-Target-URI"),
        status=int(record.http_headers.get_statuscode()),
        headers=headers,
        raw=raw,
        body=decode(raw, encoding, MAX_RECORD_BYTES),
        at=datetime.fromisoformat(record.rec_headers.get_header("WARC-Date")),
        milliseconds=0,
    )
