"""An HTTP server on loopback that answers as scripted, byte for byte: also what no proper server would send."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ssl import SSLContext

CRLF = b"\r\n"


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came in; header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]


Reply = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True)
class Origin:
    """A running server. A path that is not in ``script`` answers 404."""

    script: dict[str, Reply]
    host: str = "127.0.0.1"
    port: int = 0
    scheme: str = "http"
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    tasks: set["asyncio.Task[None]"] = field(default_factory=set)

    def url(self, path: str = "/", *, host: str | None = None) -> str:
        """The address of a path; ``host`` is another name for the same server."""
        return f"{self.scheme}://{host or self.host}:{self.port}{path}"

    @property
    def paths(self) -> list[str]:
        """The paths asked for, in order."""
        return [request.path for request in self.requests]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        if task is not None:
            self.tasks.add(task)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while not writer.is_closing():
                request = _read(await reader.readuntil(CRLF + CRLF))
                self.requests.append(request)
                await self.script.get(request.path, reply(404))(request, writer)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def origin(
    script: Mapping[str, Reply], *, host: str = "127.0.0.1", tls: SSLContext | None = None
) -> AsyncIterator[Origin]:
    """Serve ``script`` (path with query → reply) until the block ends."""
    site = Origin(dict(script), host, scheme="https" if tls else "http")
    server = await asyncio.start_server(site.serve, host, 0, ssl=tls)
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield site
    finally:
        server.close()
        for task in site.tasks:
            task.cancel()
        await asyncio.gather(*site.tasks, return_exceptions=True)


def _read(head: bytes) -> Request:
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ")
    pairs = [line.partition(":") for line in lines if line]
    return Request(method, path, {name.lower(): value.strip() for name, _, value in pairs})


def head(status: int, headers: Mapping[str, str] | None = None) -> bytes:
    """The bytes before a body."""
    lines = [f"HTTP/1.1 {status} Scripted", *(f"{name}: {value}" for name, value in (headers or {}).items())]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + CRLF + CRLF


def reply(status: int = 200, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Reply:
    """A proper answer."""
    return exactly(head(status, {"Content-Length": str(len(body)), **(headers or {})}) + body, close=False)


def redirect(status: int, location: str) -> Reply:
    """An answer that leads elsewhere."""
    return reply(status, b"moved", {"Location": location})


def exactly(answer: bytes, *, close: bool = True) -> Reply:
    """These very bytes, whatever they mean; then the connection is closed, unless it is kept."""

    async def send(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        if close:
            await writer.drain()
            writer.close()

    return send


def silence(answer: bytes = b"") -> Reply:
    """These bytes, and then nothing more."""

    async def send(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()
        await asyncio.Event().wait()

    return send


def endless(start: bytes, piece: bytes, *, pause: float = 0.0) -> Reply:
    """``start``, then ``piece`` again and again, with a pause of so many seconds in between."""

    async def send(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while not writer.is_closing():
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)

    return send


def chunk(data: bytes) -> bytes:
    """One chunk of a chunked body; an empty one ends it."""
    return f"{len(data):x}".encode() + CRLF + data + CRLF
