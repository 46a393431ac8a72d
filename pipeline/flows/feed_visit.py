"""Looking at feeds outside of rounds: the same client, turns and parser, and nothing is written."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

import structlog

from pipeline.adapters.http.addresses import AllowedHosts
from pipeline.adapters.http.client import HttpClient
from pipeline.adapters.http.politeness import HostTurns
from pipeline.adapters.http.robots import Robots
from pipeline.adapters.workers import Workers, cores
from pipeline.flows.clock import system_clock
from pipeline.model import Exchange, FetchFailure, ParsedFeed
from pipeline.settings import Settings
from pipeline.stages.find_feeds import NamedFeed, find_feeds
from pipeline.stages.judge_feed import judge_feed
from pipeline.stages.judge_page import Page, judge_page
from pipeline.stages.parse_feed import parse_feed

MAX_BYTES = 10_000_000
PARSE_LIMIT = 30.0
PRELOAD = ("pipeline.flows.feed_visit", "feedparser", "bs4")

Result = TypeVar("Result")
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Visit:
    """What an address answered, and what it holds as a feed: ``None`` where it was not, or could not be, parsed."""

    answer: Exchange | FetchFailure
    parsed: ParsedFeed | None = None

    @property
    def feed(self) -> ParsedFeed | None:
        """The feed, if there is one."""
        return self.parsed if self.parsed is not None and self.parsed.error is None else None


class Visitor:
    """Asks addresses, each host at its own pace."""

    def __init__(self, client: HttpClient, robots: Robots, workers: Workers) -> None:
        self._client = client
        self._robots = robots
        self._workers = workers

    async def visit(self, url: str, *, guessed: bool = False) -> Visit:
        """Ask ``url`` for a feed. Only of a ``guessed`` address robots.txt is asked: others were given out as feeds."""
        reply = await self._client.get(url, max_bytes=MAX_BYTES, may_ask=self._robots.refusal if guessed else None)
        answer = judge_feed(reply, conditional=False)
        if isinstance(answer, FetchFailure):
            return Visit(answer)
        return Visit(answer, await self._done(parse_feed, answer.body, answer.url, dict(answer.headers)))

    async def page(self, url: str) -> Page | FetchFailure:
        """Ask ``url`` for a story's page, as its robots.txt allows."""
        return judge_page(await self._client.get(url, max_bytes=MAX_BYTES, may_ask=self._robots.refusal))

    async def named_feeds(self, page: Exchange) -> tuple[NamedFeed, ...]:
        """The feeds that a page names; none if it is no web page or too much to read."""
        judged = judge_page(page)
        if isinstance(judged, FetchFailure):
            return ()
        return await self._done(find_feeds, judged.html, judged.url, judged.charset) or ()

    async def _done(self, function: Callable[..., Result], *arguments: object) -> Result | None:
        """The function's result by a worker; ``None`` where it takes too long or breaks on what it was given."""
        try:
            return await asyncio.wrap_future(self._workers.submit(function, *arguments))
        except Exception as error:  # bytes from outside find holes in any parser
            log.warning("a document could not be read", function=function.__name__, reason=str(error))
            return None


@asynccontextmanager
async def visitor(settings: Settings) -> AsyncIterator[Visitor]:
    """A visitor without a time limit of its own; every single request has the usual one."""
    turns = HostTurns(settings.host_delay, math.inf)
    client = HttpClient(
        turns,
        AllowedHosts(settings.allow_hosts),
        contact=settings.contact,
        time_limit=settings.request_timeout,
        clock=system_clock,
    )
    with Workers(cores(), limit=PARSE_LIMIT, preload=PRELOAD) as workers:
        async with client:
            yield Visitor(client, Robots(client, turns, lambda _origin: None, system_clock), workers)
