"""A small origin on every loopback address, as a program of its own: thousands of feeds that answer 304 once known.

    python -m bench.speed.polling_origin

Prints its port. ``/feed/N`` is feed N with the entries of its current edition, ``/story/N/M`` a page of it;
``/crowd/N/C`` is feed N with C entries, whose pages ``/brief/N/M`` are the story alone;
``/edition/E`` goes over to edition E, ``/asked`` tells how many requests came for feeds, and the most for one of them.

A page is as large as real ones are (some 140 KB, 20 KB packed, 8,000 characters of story), its words are like those of
no other. The frame around the story is packed once, so that the origin leaves the processors to those who are measured.
"""

import asyncio
import gzip
import json
from collections import Counter
from functools import cache
from random import Random

EVERYWHERE = "0.0.0.0"  # noqa: S104 (all of 127.0.0.0/8 at once; other addresses are turned away)
EDITIONS = 3
"""Entries that each further edition adds; the first one has as many."""
PARAGRAPHS = 20
SMALL = ("the", "of", "and", "in", "to", "said", "was", "for", "with", "that", "they", "from")
SYLLABLES = ("ba", "co", "du", "fen", "gar", "hil", "jo", "kes", "lim", "mon", "nar", "pol", "ri", "sta", "tur", "ve")


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
            feed = _feed(f"{host}/story", int(parts[2]), self.edition * EDITIONS)
            return _ok(feed, "application/rss+xml", f"ETag: {tag}\r\n")
        if parts[1] == "crowd":
            return _ok(_feed(f"{host}/brief", int(parts[2]), int(parts[3])), "application/rss+xml")
        if parts[1] == "brief":
            title, story = _story(int(parts[2]), int(parts[3]))
            return _ok(f"<title>{title}</title>{story}", "text/html; charset=utf-8")
        if parts[1] == "story":
            return _packed(_page(int(parts[2]), int(parts[3])))
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
    return _answer(body.encode(), content_type, more)


def _packed(body: bytes) -> bytes:
    return _answer(body, "text/html; charset=utf-8", "Content-Encoding: gzip\r\n")


def _answer(data: bytes, content_type: str, more: str) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {len(data)}\r\n{more}\r\n"
    return head.encode() + data


def _feed(pages: str, number: int, entries: int) -> str:
    items = "".join(
        f"<item><title>{_title(number, entry)}</title><link>http://{pages}/{number}/{entry}</link>"
        f"<guid>{number}-{entry}</guid><description>{_prose(number, entry, 20)}</description></item>"
        for entry in range(entries, 0, -1)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Desk {number}</title>{items}</channel></rss>'


def _page(number: int, entry: int) -> bytes:
    """A gzip body of three members (RFC 1952, 2.2): the story between what stands on every page."""
    title, story = _story(number, entry)
    opening, header, footer = _frame()
    before = f"<title>{title}</title></head><body>"
    return opening + gzip.compress(before.encode(), 1) + header + gzip.compress(story.encode(), 1) + footer


def _story(number: int, entry: int) -> tuple[str, str]:
    """Title and article."""
    title = _title(number, entry)
    paragraphs = "".join(f"<p>{_prose(number, entry * 100 + part, 60)}</p>" for part in range(PARAGRAPHS))
    return title, f"<article><h1>{title}</h1>{paragraphs}</article>"


@cache
def _frame() -> tuple[bytes, bytes, bytes]:
    """Head, header and footer of every page, packed."""
    script = "".join(f"window.settings.value{n} = {{size: {n}, name: 'part-{n * 7}'}};\n" for n in range(1_300))
    links = "".join(f"<li class=menu-item><a href=/desk/{n}>{_words(n, 1)}</a></li>" for n in range(120))
    teasers = "".join(
        f"<div class=teaser><a href=/story/{n}><img src=/photo/{n}.jpg alt=Photo><h3>{_words(n, 4)}</h3></a>"
        f"<span class=time>{n} hours ago</span></div>"
        for n in range(200, 300)
    )
    opening = f"<!doctype html><html lang=en><head><meta charset=utf-8><script>{script}</script>"
    header = f"<header><nav><ul>{links}</ul></nav></header><main>"
    footer = (
        f"<aside>{teasers}</aside></main><footer><ul>{links}</ul><p>All rights reserved.</p></footer></body></html>"
    )
    packed = [gzip.compress(part.encode(), 9) for part in (opening, header, footer)]
    return packed[0], packed[1], packed[2]


def _title(number: int, entry: int) -> str:
    return f"{_words(number * 1_000 + entry, 4).capitalize()} at desk {number}"


def _prose(number: int, part: int, count: int) -> str:
    words = _words(number * 1_000_000 + part, count // 2).split()
    first, second = " ".join(words[: count // 2]), " ".join(words[count // 2 :])
    return f"{first.capitalize()} {number}, and {second} desk {number}."


def _words(seed: int, count: int) -> str:
    """The same words for the same seed; few of them follow each other anywhere else."""
    chance = Random(seed)  # noqa: S311 (words, no secrets)
    chosen = zip(chance.choices(SMALL, k=count), chance.choices(_vocabulary(), k=count), strict=True)
    return " ".join(word for pair in chosen for word in pair)


@cache
def _vocabulary() -> tuple[str, ...]:
    chance = Random(0)  # noqa: S311
    return tuple("".join(chance.choices(SYLLABLES, k=chance.randint(1, 4))) for _ in range(6_000))


async def _serve() -> None:
    desk = Desk()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(desk), EVERYWHERE, 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
