"""Undoing content encodings without ever holding more than the cap (decompression bombs)."""

import zlib
from collections.abc import Callable, Iterable

import brotli

ACCEPT_ENCODING = "gzip, deflate, br, zstd"
STEP = 256 * 1024
ZSTD_STEP = 64
"""Bytes unpacked at once. A block of four bytes may stand for 128 KB of one letter, so a step gives some megabytes."""
MAX_MEMBERS = 300
"""Of one gzip or zstd body. Each costs a copy of the rest: a million empty ones would keep a machine busy for hours."""

NO_ENCODING = frozenset({"", "identity", "none", "binary", "8bit", "utf-8", "utf8", "iso-8859-1"})
"""Words without an encoding to undo, and others that servers put there by mistake."""


class TooLarge(ValueError):
    """The body exceeds its cap, as received or unpacked."""


class BadEncoding(ValueError):
    """The body is not what its Content-Encoding says."""


def encodings_of(headers: Iterable[tuple[str, str]]) -> str:
    """The encodings that the headers state, in the order in which they were put on."""
    return ",".join(value for name, value in headers if name.lower() == "content-encoding")


def decode(raw: bytes, encodings: str, limit: int) -> bytes:
    """The body with every encoding of the header undone, last one first (RFC 9110, 8.4).

    Raises ``TooLarge`` beyond ``limit`` bytes, ``BadEncoding`` for broken or unknown encodings.
    A compressed body that ends early is given as far as it goes: half an article is worth keeping.
    """
    body = raw
    names = [name.strip().lower() for name in encodings.split(",")]
    if len(names) > 3:
        raise BadEncoding("more than three encodings")
    for name in reversed(names):
        if name in NO_ENCODING:
            continue
        if name not in DECODERS:
            raise BadEncoding(f"unknown encoding {name[:40]!a}")
        body = DECODERS[name](body, limit)
    return body


def _gunzip(data: bytes, limit: int) -> bytes:
    out = bytearray()
    for _ in range(MAX_MEMBERS):  # a gzip body may be several members in a row (RFC 1952, 2.2)
        if not data:
            return bytes(out)
        engine = zlib.decompressobj(wbits=31)
        _inflate(engine, data, out, limit)
        data = engine.unused_data.lstrip(b"\0")
    raise BadEncoding(f"more than {MAX_MEMBERS} gzip members")


def _undeflate(data: bytes, limit: int) -> bytes:
    # "deflate" means the zlib format, but some servers send the bare stream.
    bare = len(data) < 2 or data[0] & 0x0F != 8 or int.from_bytes(data[:2], "big") % 31 != 0
    out = bytearray()
    _inflate(zlib.decompressobj(wbits=-15 if bare else 15), data, out, limit)
    return bytes(out)


def _inflate(engine: "zlib._Decompress", data: bytes, out: bytearray, limit: int) -> None:
    try:
        while data and not engine.eof:
            out += engine.decompress(data, STEP)
            if len(out) > limit:
                raise TooLarge(f"unpacked body over {limit} bytes")
            data = engine.unconsumed_tail
    except zlib.error as error:
        if not out:
            raise BadEncoding(str(error)) from None


def _unbrotli(data: bytes, limit: int) -> bytes:
    engine = brotli.Decompressor()
    out = bytearray()
    try:
        out += engine.process(data, output_buffer_limit=STEP)
        while not engine.is_finished() and len(out) <= limit:
            piece = engine.process(b"", output_buffer_limit=STEP)
            if not piece:
                break
            out += piece
    except brotli.error as error:
        if not out:
            raise BadEncoding(str(error)) from None
    if len(out) > limit:
        raise TooLarge(f"unpacked body over {limit} bytes")
    return bytes(out)


def _unzstd(data: bytes, limit: int) -> bytes:
    import zstandard  # few servers send it

    out = bytearray()
    try:
        # RFC 8878 allows windows of any size; RFC 9659 holds HTTP to 8 MB.
        for _ in range(MAX_MEMBERS):
            if not data:
                return bytes(out)
            engine = zstandard.ZstdDecompressor(max_window_size=8 << 20).decompressobj(write_size=STEP)
            for start in range(0, len(data), ZSTD_STEP):
                out += engine.decompress(data[start : start + ZSTD_STEP])
                if len(out) > limit:
                    raise TooLarge(f"unpacked body over {limit} bytes")
                if engine.eof:
                    break
            data = engine.unused_data + data[start + ZSTD_STEP :]
    except zstandard.ZstdError as error:
        if not out:
            raise BadEncoding(str(error)) from None
        return bytes(out)
    raise BadEncoding(f"more than {MAX_MEMBERS} zstd frames")


DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _undeflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
