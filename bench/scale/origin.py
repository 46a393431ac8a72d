"""An origin of many hosts on loopback that writes down who was asked when. It serves until the block ends."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import yaml
from aiohttp import web

from bench.newsroom import Desk


@dataclass(slots=True)
class Origin:
    """``desks``: feeds over real pages. ``small``: how many feeds of one story each that needs no page."""

    desks: tuple[Desk, ...]
    small: int = 0
    port: int = 0
    issue: int = 0
    """A number that small feeds tell their story anew for."""
    asked: dict[str, list[float]] = field(default_factory=dict)
    """By host: when its requests came in, in seconds."""

    def hosts(self) -> list[str]:
        return [desk.address for desk in self.desks] + [address(number) for number in range(self.small)]

    def write_feed_list(self, file: Path) -> None:
        rows = [self._row(f"desk-{desk.number}", desk.address, "page") for desk in self.desks]
        rows += [self._row(f"small-{number}", address(number), "feed") for number in range(self.small)]
        file.write_text(yaml.safe_dump({"feeds": rows}), encoding="utf-8")

    def _row(self, name: str, host: str, full_text: str) -> dict[str, str]:
        return {"id": name, "name": name, "url": f"http://{host}:{self.port}/feed", "full_text": full_text}

    def shortest_gap(self) -> float:
        """Between two requests to one host, whoever sent them; infinite where no host was asked twice."""
        gaps = [later - earlier for times in self.asked.values() for earlier, later in pairwise(sorted(times))]
        return min(gaps, default=float("inf"))

    def requests(self) -> int:
        return sum(map(len, self.asked.values()))

    async def answer(self, request: web.Request) -> web.Response:
        host = request.host.partition(":")[0]
        self.asked.setdefault(host, []).append(time.monotonic())
        desk = next((desk for desk in self.desks if desk.address == host), None)
        if desk is None:
            return _small(host, self.issue) if request.path == "/feed" else web.Response(status=404)
        if request.path == "/feed":
            return web.Response(body=desk.feed(self.port), headers={"Content-Type": "application/rss+xml"})
        page = next((page for page in desk.pages if page.path == request.path), None)
        if page is None:
            return web.Response(status=404)
        return web.Response(
            body=page.file.read_bytes(), headers={"Content-Type": "text/html", "Content-Encoding": "gzip"}
        )


def address(number: int) -> str:
    return f"127.0.{2 + number // 250}.{1 + number % 250}"


def _small(host: str, issue: int) -> web.Response:
    words = " ".join(f"{host}-{issue}-{word}" for word in ("convoy", "bridge", "radar") * 9)
    story = f"<title>Report {issue} of {host}</title><link>http://{host}/story/{issue}</link>"
    item = f"<item><guid>{host}/{issue}</guid>{story}<description>The post reports {words}.</description></item>"
    body = f"<rss version='2.0'><channel><title>{host}</title>{item}</channel></rss>"
    headers = {"Content-Type": "application/rss+xml", "ETag": f'"{host}-{issue}"'}
    return web.Response(body=body.encode(), headers=headers)


@contextmanager
def open_origin(origin: Origin) -> Iterator[Origin]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    application = web.Application()
    application.router.add_get("/{rest:.*}", origin.answer)
    runner = web.AppRunner(application, access_log=None)
    try:
        asyncio.run_coroutine_threadsafe(_listen(origin, runner), loop).result()
        yield origin
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _listen(origin: Origin, runner: web.AppRunner) -> None:
    await runner.setup()
    for host in origin.hosts():
        await web.TCPSite(runner, host, origin.port).start()
        origin.port = origin.port or runner.addresses[0][1]
