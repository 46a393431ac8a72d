"""Answers of the origin, proper ones and others."""

import asyncio
import gzip
import zlib
from collections.abc import Callable, Mapping

from bench.polling.origin import Answer, Request

Headers = Mapping[str, str]
NONE: Headers = {}


def head(status: int, headers: Headers) -> bytes:
    """The bytes before a body."""
    lines = [f"HTTP/1.1 {status} Scripted", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"


def exactly(data: bytes, *, hang_up: bool = False) -> Answer:
    """These very bytes; then the connection stays, unless the origin hangs up."""

    async def send(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        if hang_up:
            await writer.drain()
            writer.close()

    return send


def full(body: bytes, headers: Headers = NONE, *, status: int = 200, kind: str = "application/rss+xml") -> Answer:
    """A whole answer with a body; ``headers`` may replace the Content-Type."""
    return exactly(head(status, {"Content-Type": kind, "Content-Length": str(len(body)), **headers}) + body)


def failing(status: int, headers: Headers = NONE, body: bytes = b"no") -> Answer:
    """An error."""
    return full(body, headers, status=status, kind="text/plain")


def not_modified(headers: Headers = NONE) -> Answer:
    return exactly(head(304, headers))


def moved(status: int, location: str, headers: Headers = NONE) -> Answer:
    """A redirect."""
    return full(b"moved", {"Location": location, **headers}, status=status, kind="text/plain")


def versioned(body: bytes, etag: str, headers: Headers = NONE) -> Answer:
    """A document that answers 304 to whoever shows its ETag."""
    stated = {"ETag": etag, **headers}
    return choose(lambda request: not_modified(stated) if _shows(request, etag) else full(body, stated))


def _shows(request: Request, etag: str) -> bool:
    shown = request.header("if-none-match") or ""
    return etag in (part.strip() for part in shown.split(","))


def choose(pick: Callable[[Request], Answer]) -> Answer:
    """An answer that depends on the request."""

    async def send(request: Request, writer: asyncio.StreamWriter) -> None:
        await pick(request)(request, writer)

    return send


def in_turn(*answers: Answer) -> Answer:
    """A different answer each time; the last one from then on."""
    left = list(answers)
    return choose(lambda _: left.pop(0) if len(left) > 1 else left[0])


def packed(body: bytes, coding: str, pack: Callable[[bytes], bytes]) -> Answer:
    """The body in a content coding, for those who say that they understand it; plain for others (RFC 9110, 12.5.3)."""

    def pick(request: Request) -> Answer:
        accepted = [part.partition(";")[0].strip() for part in (request.header("accept-encoding") or "").split(",")]
        return full(pack(body), {"Content-Encoding": coding}) if coding in accepted else full(body)

    return choose(pick)


def zlib_deflate(body: bytes) -> bytes:
    """``deflate`` as RFC 9110, 8.4.1.2 means it: in a zlib wrapper."""
    return zlib.compress(body)


def raw_deflate(body: bytes) -> bytes:
    """``deflate`` as many servers mean it: without the wrapper."""
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


def gzip_bomb(start: bytes, megabytes: int, end: bytes) -> bytes:
    """A small gzip body that unpacks to so many megabytes of blanks between ``start`` and ``end``."""
    packer = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    blanks = b" " * 1_000_000
    middle = b"".join(packer.compress(blanks) for _ in range(megabytes))
    return packer.compress(start) + middle + packer.compress(end) + packer.flush()


def gzipped(body: bytes) -> bytes:
    return gzip.compress(body, mtime=0)


def hung_up() -> Answer:
    """The origin hangs up without a word."""
    return exactly(b"", hang_up=True)


def dripping(start: bytes, piece: bytes, *, pause: float, limit: float) -> Answer:
    """``start`` and then a ``piece`` every ``pause`` seconds, for ``limit`` seconds at most; then the end."""

    async def send(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        for _ in range(int(limit / pause)):
            writer.write(piece)
            request.sent += len(piece)
            await writer.drain()
            await asyncio.sleep(pause)
        writer.close()

    return send


def flooding(start: bytes, piece: bytes, total: int) -> Answer:
    """``start`` and then ``piece`` again and again up to ``total`` bytes, as fast as they are taken."""

    async def send(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while request.sent < total:
            writer.write(piece)
            request.sent += len(piece)
            await writer.drain()
        writer.close()

    return send


class Gate:
    """Waits until something else has happened, at most ``limit`` seconds: shows what goes on beside it."""

    def __init__(self, waits_for: Callable[[], bool], then: Answer, *, limit: float) -> None:
        self._waits_for = waits_for
        self._then = then
        self._limit = limit
        self.opened = False
        """Did what was waited for come while this answer was still outstanding?"""

    async def __call__(self, request: Request, writer: asyncio.StreamWriter) -> None:
        for _ in range(int(self._limit / 0.02)):
            if self._waits_for():
                self.opened = True
                break
            await asyncio.sleep(0.02)
        await self._then(request, writer)
