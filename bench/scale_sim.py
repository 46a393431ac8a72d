"""The real scheduler over a simulated world: does the load stay even, and is no host asked more often than its delay?

    python -m bench.scale_sim [--feeds 180000] [--days 7] [--every 10] [--shards 8] [--seed 1]

Due feeds, the next poll of each and the turns of hosts are decided by the code of the product (``stages.schedule``,
``adapters.http.politeness``); the web, its news and the time are invented. No network, no ledger. Exit status 1 when a
host was asked sooner than its delay after the request before.
"""

import argparse
import asyncio
import heapq
import math
import random
import sys
import time
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice

from bench.scale.virtual_time import VirtualTime
from bench.scale.world import HOST_DELAY, Source, busy, poisson, world
from pipeline.adapters.http.client import MAX_CONNECTIONS
from pipeline.adapters.http.politeness import HostTurns, RoundOver
from pipeline.flows.shards import slice_of
from pipeline.model import Entry, Exchange, FeedSource, FetchFailure, ParsedFeed
from pipeline.stages.feed_state import FeedState
from pipeline.stages.schedule import after_document, after_failure, after_not_modified, due_feeds

BEGIN = datetime(2024, 10, 21, tzinfo=UTC)
ROUND_LIMIT = 480.0
DOCUMENT = 20
"""Entries of one feed document."""

PARSED = ParsedFeed("rss20", "A feed", tuple(Entry(str(number), None, "A story") for number in range(DOCUMENT)))
WARM_UP = timedelta(days=1)
"""All feeds are new at first; the figures count from then on, where there is more than that."""


@dataclass(slots=True)
class Figures:
    """What was counted. ``minutes`` and ``rounds``: requests in each; ``asked``: polls among those of each round."""

    minutes: list[int]
    rounds: list[int] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    polls: int = 0
    pages: int = 0
    left: int = 0
    too_soon: int = 0
    late: "array[float]" = field(default_factory=lambda: array("f"))
    cpu: float = 0.0


class Simulation:
    """Rounds ``every`` so many minutes over ``sources``, each collector with its own connections, hosts shared."""

    def __init__(self, sources: Sequence[Source], days: float, every: float, shards: int, seed: int) -> None:
        self.figures = Figures([0] * (math.ceil(days * 1440) + 60))
        self._sources = {source.feed.id: source for source in sources}
        self._states: dict[str, FeedState] = {}
        self._soonest = [(BEGIN, source.feed.id) for source in sources]
        self._rounds = int(days * 1440 / every)
        self._every = every
        self._ended: dict[str, float] = {}
        self._chance = random.Random(seed)  # noqa: S311 (an invented world needs no secrets)
        self._shard = {source.feed.id: slice_of(source.feed) % shards for source in sources}
        self._shards = shards

    def run(self) -> Figures:
        loop = VirtualTime()
        begun, per_day = time.process_time(), int(1440 / self._every)
        try:
            for number in range(self._rounds):
                loop.run_until_complete(self._round(loop, number * self._every * 60.0))
                if (number + 1) % per_day == 0:
                    _line(f"requests a round, day {(number + 1) // per_day}", self.figures.rounds[-per_day:])
        finally:
            loop.close()
        self.figures.cpu = time.process_time() - begun
        return self.figures

    async def _round(self, loop: VirtualTime, start: float) -> None:
        await asyncio.sleep(max(start - loop.time(), 0.0))
        self._begun, self._now = loop.time(), BEGIN + timedelta(seconds=loop.time())
        self._turns = HostTurns(HOST_DELAY, loop.time() + ROUND_LIMIT, clock=loop.time)
        self._slots = [asyncio.Semaphore(MAX_CONNECTIONS) for _ in range(self._shards)]
        for host, ended in self._ended.items():
            if loop.time() - ended < 120:  # the ledger hands on what one round knows of a host to the next
                self._turns._of(host).last = ended
        polls, pages = self.figures.polls, self.figures.pages
        async with asyncio.TaskGroup() as group:
            for feed in self._due():
                group.create_task(self._poll(loop, group, feed))
        self.figures.asked.append(self.figures.polls - polls)
        self.figures.rounds.append(self.figures.asked[-1] + self.figures.pages - pages)

    def _due(self) -> tuple[FeedSource, ...]:
        """Whose time may have come is looked up; whether it has, the product decides."""
        names: list[str] = []
        while self._soonest and self._soonest[0][0] <= self._now:
            names.append(heapq.heappop(self._soonest)[1])
        due = due_feeds((self._sources[name].feed for name in names), self._states, self._now)
        if len(due) != len(names):
            raise AssertionError("the product finds other feeds due than those whose next poll has come")
        return due

    async def _poll(self, loop: VirtualTime, group: asyncio.TaskGroup, feed: FeedSource) -> None:
        source, state = self._sources[feed.id], self._states.get(feed.id)
        if not await self._ask(loop, source):
            self.figures.left += 1
            heapq.heappush(self._soonest, (state.next_due_at if state and state.next_due_at else BEGIN, feed.id))
            return
        self.figures.polls += 1
        if state and state.next_due_at and self._now > BEGIN + WARM_UP:
            self.figures.late.append((BEGIN + timedelta(seconds=loop.time()) - state.next_due_at).total_seconds())
        news = self._news(source, state)
        told = self._told(source, state, news)
        self._states[feed.id] = told
        heapq.heappush(self._soonest, (told.next_due_at or BEGIN, feed.id))
        if state is not None:  # of a feed's first document the old stories are no load of every day
            for _ in range(min(news, DOCUMENT)):
                group.create_task(self._page(loop, source))

    async def _page(self, loop: VirtualTime, source: Source) -> None:
        fetched = await self._ask(loop, source)
        self.figures.pages += fetched

    async def _ask(self, loop: VirtualTime, source: Source) -> bool:
        if source.delay > HOST_DELAY:
            self._turns.widen(source.host, source.delay)
        try:
            async with self._turns.turn(source.host), self._slots[self._shard[source.feed.id]]:
                self._turns.check()
                self._count(loop.time(), source)
                await asyncio.sleep(self._chance.uniform(0.1, 0.9))
                self._ended[source.host] = loop.time()
        except RoundOver:
            return False
        return True

    def _count(self, now: float, source: Source) -> None:
        self.figures.minutes[min(int(now // 60), len(self.figures.minutes) - 1)] += 1
        ended = self._ended.get(source.host)
        self.figures.too_soon += ended is not None and now < ended + source.delay - 1e-6

    def _news(self, source: Source, state: FeedState | None) -> int:
        """Stories since the last poll: most by day, few by night."""
        if state is None or state.last_polled_at is None:
            return DOCUMENT
        days = (self._now - state.last_polled_at) / timedelta(days=1)
        return poisson(source.daily * days * busy(self._now.hour, source.zone), self._chance)

    def _told(self, source: Source, state: FeedState | None, news: int) -> FeedState:
        feed, now = source.feed, self._now
        if source.dead or self._chance.random() < 0.01:
            kind = FetchFailure(feed.url, "http_status", "404" if source.dead else "503", not source.dead, 503)
            return after_failure(feed, state, now=now, failure=kind)
        cache = (("Cache-Control", f"max-age={source.max_age}"),) if source.max_age else ()
        answer = Exchange(feed.url, feed.url, 200 if news else 304, cache, b"", b"", now, 300)
        if not news:
            return after_not_modified(feed, state, now=now, answer=answer)
        known = max(DOCUMENT - news, 0)
        return after_document(feed, state, now=now, answer=answer, digest=str(now), parsed=PARSED, known=known)


def main() -> int:
    options = _options()
    chance = random.Random(options.seed)  # noqa: S311
    sources = world(options.feeds, chance)
    hosts = len({source.host for source in sources})
    print(f"{len(sources)} feeds on {hosts} hosts, {options.days} days, a round every {options.every} minutes,")
    print(f"{options.shards} collectors", flush=True)
    figures = Simulation(sources, options.days, options.every, options.shards, options.seed).run()
    _show(figures, options, told_a_round(sources, options.days, options.every))
    return 1 if figures.too_soon else 0


def told_a_round(sources: Sequence[Source], days: float, every: float) -> list[float]:
    """How many stories the web tells between two rounds in the mean: the load that the news itself asks for."""
    zones = [0.0] * 24
    for source in sources:
        zones[source.zone] += 0.0 if source.dead else source.daily
    hours = [sum(daily * busy(hour, zone) for zone, daily in enumerate(zones)) / 24 for hour in range(24)]
    return [hours[int(number * every / 60) % 24] * every / 60 for number in range(int(days * 1440 / every))]


def _show(figures: Figures, options: argparse.Namespace, told: Sequence[float]) -> None:
    warm_up = WARM_UP if options.days > WARM_UP / timedelta(days=1) else timedelta(0)
    warm = int(warm_up / timedelta(minutes=options.every))
    minutes = figures.minutes[int(warm_up.total_seconds() // 60) : int(options.days * 1440)]
    print(f"polls {figures.polls}: {figures.polls / options.feeds / options.days:.1f} a feed and day")
    print(f"pages {figures.pages}: {figures.pages / options.days:.0f} a day")
    rounds, polls, news = figures.rounds[warm:], figures.asked[warm:], told[warm:]
    _line("requests a round", rounds)
    _line("polls a round", polls)
    _line("stories told a round", news)
    even = sum(rounds) / len(rounds) - sum(news) / len(news)
    beyond = sorted(number / (even + stories) for number, stories in zip(rounds, news, strict=True))
    print(
        f"requests a round, of even polls and the stories told: 1 % {at_share(beyond, 0.01):.2f} times, "
        f"99 % {at_share(beyond, 0.99):.2f}, most {beyond[-1]:.2f}"
    )
    _line("requests a minute", minutes)
    _line("requests an hour", [sum(minutes[at : at + 60]) for at in range(0, len(minutes) - 59, 60)])
    late = sorted(figures.late)
    print(f"lateness of a poll: median {at_share(late, 0.5):.0f} s, 99 % {at_share(late, 0.99):.0f} s")
    print(f"polls left for the next round: {figures.left}")
    print(f"requests sooner than the host's delay: {figures.too_soon}")
    print(f"CPU of scheduler, turns and simulation: {figures.cpu:.0f} s")


def _line(name: str, counts: Sequence[float]) -> None:
    ordered = sorted(counts)
    mean = sum(ordered) / len(ordered)
    low, high = at_share(ordered, 0.01), at_share(ordered, 0.99)
    print(
        f"{name}: mean {mean:.0f}, 1 % {low:.0f}, 99 % {high:.0f}, most {ordered[-1]:.0f} "
        f"({ordered[-1] / mean:.2f} of it)",
        flush=True,
    )


def at_share(ordered: Sequence[float], share: float) -> float:
    """The value below which this share of the ordered values lies."""
    return next(islice(ordered, min(int(len(ordered) * share), len(ordered) - 1), None), 0.0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=180_000)
    parser.add_argument("--days", type=float, default=7)
    parser.add_argument("--every", type=float, default=10, help="minutes between two rounds, none longer than 8")
    parser.add_argument("--shards", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.every * 60 <= ROUND_LIMIT:
        parser.error("rounds would overlap: --every has to be more than 8")
    return options


if __name__ == "__main__":
    sys.exit(main())
