"""Files that somebody else has named: read within a cap, whatever lies at the path."""

import gzip
import io
import os
import stat
import zlib

GZIP_MAGIC = b"\x1f\x8b"


class Unreadable(ValueError):
    """Why the file gives no bytes; the message does not repeat the path."""


def read_file(path: str, limit: int) -> bytes:
    """The bytes of a regular file, unpacked if it is gzip. Raises ``Unreadable``; neither form may exceed ``limit``."""
    try:
        # Without O_NONBLOCK, opening a named pipe would wait for a writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
        try:
            data = _regular(descriptor, limit)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise Unreadable(f"cannot read path ({error.strerror or 'read error'})") from None
    except ValueError as error:  # NUL or a lone surrogate in the name; Unreadable itself
        raise error if isinstance(error, Unreadable) else Unreadable("path is not a file name") from None
    return _unpacked(data, limit) if data.startswith(GZIP_MAGIC) or path.endswith(".gz") else data


def _regular(descriptor: int, limit: int) -> bytes:
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        raise Unreadable("path is not a regular file")
    if found.st_size > limit:
        raise Unreadable(f"file is larger than {limit} bytes")
    with open(descriptor, "rb", closefd=False) as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise Unreadable(f"file is larger than {limit} bytes")
    return data


def _unpacked(data: bytes, limit: int) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
            unpacked = packed.read(limit + 1)
    except EOFError:
        raise Unreadable("gzip file is cut off") from None
    except (OSError, zlib.error):
        raise Unreadable("not a gzip file, or a damaged one") from None
    if len(unpacked) > limit:
        raise Unreadable(f"unpacked file is larger than {limit} bytes")
    return unpacked
