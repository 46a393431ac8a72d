"""A small origin on every loopback address, as a program of its own: thousands of feeds that answer 304 once known.

    python -m bench.speed.polling_origin

Prints its port. ``/feed/N`` is feed N with the entries of its current edition, ``/story/N/M`` a page of it;
``/edition/E`` goes over to edition E, ``/asked`` tells how many requests came for feeds, and the most for one of them.
"""

import asyncio
import json
from collections import Counter

EVERYWHERE = "0.0.0.0"  # noqa: S104 (all of 127.0.0.0/8 at once; other addresses are turned away)
EDITIONS = 3
"""Entries that each further edition adds; the first one has as many."""
WORDS = ("harbour", "brigade", "minister", "convoy", "radar", "valley", "bridge", "treaty", "pilot", "depot")


class Desk:
    """What the origin has published, and what it was asked for since it was last asked for figures."""

    def __init__(self) -> None:
        self.edition = 1
        self.asked: Counter[str] = Counter()

    def answer(self, host: str, path: str, headers: bytes) -> bytes:
        """The bytes of an answer to a GET."""
        parts = path.split("/")
        if parts[1] == "feed":
            self.asked[path] += 1
            tag = f'"{parts[2]}-{self.edition}"'
            if tag.encode() in headers:
                return f"HTTP/1.1 304 Not Modified\r\nETag: {tag}\r\n\r\n".encode()
            return _ok(_feed(host, int(parts[2]), self.edition), "application/rss+xml", f"ETag: {tag}\r\n")
        if parts[1] == "story":
            return _ok(_page(parts[2], parts[3]), "text/html; charset=utf-8")
        if parts[1] == "edition":
            self.edition = int(parts[2])
            return _ok("", "text/plain")
        if parts[1] == "asked":
            figures = {"requests": self.asked.total(), "most": max(self.asked.values(), default=0)}
            self.asked.clear()
            return _ok(json.dumps(figures), "application/json")
        return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


class Connection(asyncio.Protocol):
    """One connection; requests have no bodies."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        host, port = transport.get_extra_info("sockname")[:2]
        self.host = f"{host}:{port}"
        if not host.startswith("127."):
            transport.abort()

    def data_received(self, data: bytes) -> None:
        self.held += data
        while (end := self.held.find(b"\r\n\r\n")) >= 0:
            head, self.held = self.held[:end], self.held[end + 4 :]
            path = head.split(b" ", 2)[1].decode("ascii")
            self.transport.write(self.desk.answer(self.host, path, head))


def _ok(body: str, content_type: str, more: str = "") -> bytes:
    data = body.encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {len(data)}\r\n{more}\r\n"
    return head.encode() + data


def _feed(host: str, number: int, edition: int) -> str:
    items = "".join(
        f"<item><title>{_title(number, entry)}</title><link>http://{host}/story/{number}/{entry}</link>"
        f"<guid>{number}-{entry}</guid><description>{_prose(number, entry, 20)}</description></item>"
        for entry in range(edition * EDITIONS, 0, -1)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Desk {number}</title>{items}</channel></rss>'


def _page(number: str, entry: str) -> str:
    paragraphs = "".join(f"<p>{_prose(int(number), int(entry) * 10 + part, 60)}</p>" for part in range(5))
    title = _title(int(number), int(entry))
    return (
        f"<!doctype html><html lang=en><head><title>{title}</title></head><body><nav><a href=/>Home</a></nav>"
        f"<article><h1>{title}</h1>{paragraphs}</article><footer>All rights reserved.</footer></body></html>"
    )


def _title(number: int, entry: int) -> str:
    return f"{WORDS[number % 10].title()} of desk {number} reports event {entry}"


def _prose(number: int, part: int, count: int) -> str:
    chosen = (WORDS[(number * 7 + part * 3 + place * (part % 7 + 1)) % 10] for place in range(count))
    return f"Report {number} {part} says the {' '.join(chosen)} near post {number}-{part}."


async def _serve() -> None:
    desk = Desk()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(desk), EVERYWHERE, 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
