"""A newsroom on loopback: each feed on an address of its own, the pages behind its links beside it."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path
from xml.sax.saxutils import escape

import yaml
from aiohttp import web

from bench.pages import RealPage

NEWEST = datetime(2024, 10, 21, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Desk:
    """One feed and its pages. Every second desk knows no validators: its feed is sent whole each time."""

    number: int
    pages: tuple[RealPage, ...]

    @property
    def address(self) -> str:
        return f"127.0.1.{self.number}"

    @property
    def has_validators(self) -> bool:
        return self.number % 2 == 0

    def feed(self, port: int) -> bytes:
        """RSS 2.0, without any text: all of it must come from the pages."""
        items = "".join(
            f"<item><guid isPermaLink='false'>{page.set}-{page.id}</guid><title>{escape(page.headline())}</title>"
            f"<link>http://{self.address}:{port}{page.path}</link>"
            f"<pubDate>{format_datetime(NEWEST - timedelta(minutes=age))}</pubDate></item>"
            for age, page in enumerate(self.pages)
        )
        return f"<rss version='2.0'><channel><title>Desk {self.number}</title>{items}</channel></rss>".encode()


def desks_of(pages: Sequence[RealPage], count: int) -> tuple[Desk, ...]:
    """The pages dealt out like cards, so that every feed has some of each set."""
    return tuple(Desk(number, tuple(pages[number - 1 :: count])) for number in range(1, count + 1))


def write_feed_list(desks: Sequence[Desk], port: int, file: Path) -> None:
    """The feed list of a newsroom that listens on ``port``."""
    rows = [
        {"id": f"desk-{desk.number}", "name": f"Desk {desk.number}", "url": f"http://{desk.address}:{port}/feed"}
        for desk in desks
    ]
    file.write_text(yaml.safe_dump({"feeds": rows}), encoding="utf-8")


@contextmanager
def open_newsroom(desks: Sequence[Desk]) -> Iterator[int]:
    """Serve until the block ends; gives the port, the same on every address."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    runners: list[web.AppRunner] = []
    try:
        yield asyncio.run_coroutine_threadsafe(_serve(desks, runners), loop).result()
    finally:
        asyncio.run_coroutine_threadsafe(_end(runners), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _serve(desks: Sequence[Desk], runners: list[web.AppRunner]) -> int:
    port = 0
    for desk in desks:
        place = _Place(desk)
        runner = web.AppRunner(place.application(), access_log=None)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, desk.address, port).start()
        port = port or runner.addresses[0][1]
        place.feed = desk.feed(port)
    return port


class _Place:
    """What one address answers."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._files = {page.path: page.file for page in desk.pages}
        self.feed = b""

    def application(self) -> web.Application:
        application = web.Application()
        application.router.add_get("/feed", self._feed)
        application.router.add_get("/{rest:.*}", self._page)
        return application

    async def _feed(self, request: web.Request) -> web.Response:
        tag = f'"{sha256(self.feed).hexdigest()}"'
        validators = {"ETag": tag} if self._desk.has_validators else {}
        if validators and request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers=validators)
        return web.Response(body=self.feed, headers={"Content-Type": "application/rss+xml", **validators})

    async def _page(self, request: web.Request) -> web.Response:
        file = self._files.get(request.path)
        if file is None:  # robots.txt too
            return web.Response(status=404)
        return web.Response(body=file.read_bytes(), headers={"Content-Type": "text/html", "Content-Encoding": "gzip"})


async def _end(runners: Sequence[web.AppRunner]) -> None:
    for runner in runners:
        await runner.cleanup()
