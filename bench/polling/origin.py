"""A fake origin on loopback: each scenario has hosts of its own, answers as scripted, and sees every request.

Hosts are addresses of 127.0.0.0/8 on one port, so that nothing has to be resolved. Linux only.
"""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Any

HEAD_LIMIT = 64 * 1024
PORTS_TRIED = 50


@dataclass(slots=True)
class Request:
    """One request as it came in. Times are seconds of the monotonic clock; ``ended`` when its last piece was handed on,
    before any client could have it."""

    host: str
    path: str
    headers: tuple[tuple[str, str], ...]
    began: float
    ended: float | None = None
    sent: int = 0
    """Bytes of the answer that were handed to the connection, where the answer counts them."""

    def header(self, name: str) -> str | None:
        """The value of a header, whatever the case of its name; None if it was not sent."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


Answer = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True)
class Site:
    """One host: ``answers`` by path. A path without an answer is a 404."""

    host: str
    port: int
    tls_port: int
    answers: dict[str, Answer] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)

    def url(self, path: str) -> str:
        return f"http://{self.host}:{self.port}{path}"

    def tls_url(self, path: str) -> str:
        """The same host behind a certificate that nobody has signed."""
        return f"https://{self.host}:{self.tls_port}{path}"

    def asked(self, path: str) -> int:
        """How many requests for a path came in since the beginning."""
        return sum(request.path == path for request in self.requests)


class Origin:
    """All hosts, served by one thread."""

    def __init__(self, hosts: Sequence[str], tls: SSLContext) -> None:
        self._loop = asyncio.new_event_loop()
        self._servers: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task[Any]] = set()
        self.mistakes: list[Exception] = []
        """What answers raised: mistakes of the bench itself."""
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        port, tls_port = self._call(self._listen(hosts, None)), self._call(self._listen(hosts, tls))
        self.sites = {host: Site(host, port, tls_port) for host in hosts}

    def close(self) -> None:
        """End every connection and the thread."""
        self._call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _call(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _listen(self, hosts: Sequence[str], tls: SSLContext | None) -> int:
        """One server on all hosts; another port where one of them has the first already taken."""
        for _ in range(PORTS_TRIED):
            probe = await asyncio.start_server(self._serve, hosts[0], 0)
            port = int(probe.sockets[0].getsockname()[1])
            probe.close()
            with suppress(OSError):
                self._servers.append(
                    await asyncio.start_server(self._serve, list(hosts), port, ssl=tls, limit=HEAD_LIMIT)
                )
                return port
        raise OSError("no port is free on all hosts")

    async def _end(self) -> None:
        for server in self._servers:
            server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.mistakes:
            raise self.mistakes[0]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        send = writer.write
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
            while not writer.is_closing():
                await self._answer(await reader.readuntil(b"\r\n\r\n"), writer, send)
        writer.close()

    async def _answer(self, head: bytes, writer: asyncio.StreamWriter, send: Callable[[bytes], None]) -> None:
        request = _read(head, writer.get_extra_info("sockname")[0])

        def noted(piece: bytes) -> None:
            request.ended = time.monotonic()
            send(piece)

        writer.write = noted  # type: ignore[method-assign, assignment]
        site = self.sites[request.host]
        site.requests.append(request)
        answer = site.answers.get(request.path) or site.answers.get(request.path.partition("?")[0])
        try:
            await (answer or _nothing_here)(request, writer)
            await writer.drain()
        except OSError:
            raise  # the client has hung up
        except Exception as error:
            self.mistakes.append(error)
            raise


async def _nothing_here(_: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\nnothing")


def _read(head: bytes, address: str) -> Request:
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = [line.partition(":") for line in lines if line]
    headers = tuple((name, value.strip()) for name, _, value in pairs)
    path = first.split(" ")[1]
    return Request(address.removeprefix("::ffff:"), path, headers, time.monotonic())
