"""The real scheduler over a simulated world: does the load stay even, and is no host asked more often than its delay?

    python -m bench.scale_sim [--feeds 180000] [--days 7] [--every 10] [--spread 450] [--shards 8] [--zones 24]

Due feeds, their moments in a round, the next poll of each and the turns of hosts are decided by the code of the product
(``stages.schedule``, ``stages.pace``, ``adapters.http.politeness``); the web, its news and the time are invented. No
network, no ledger. Exit status 1 when a host was asked sooner than its delay after the request before.
"""

import argparse
import asyncio
import heapq
import math
import random
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from bench.scale.load_figures import Figures, at_share, line, minutes_of_hours, told_a_round
from bench.scale.virtual_time import VirtualTime
from bench.scale.world import HOST_DELAY, Source, busy, poisson, world
from pipeline.adapters.http.client import MAX_CONNECTIONS
from pipeline.adapters.http.politeness import HostTurns, RoundOver
from pipeline.flows.in_time import in_time
from pipeline.flows.shards import slice_of
from pipeline.model import Entry, Exchange, FeedSource, FetchFailure, ParsedFeed
from pipeline.stages.feed_state import FeedState
from pipeline.stages.pace import TimedPoll, timed_polls
from pipeline.stages.schedule import after_document, after_failure, after_not_modified, due_feeds

BEGIN = datetime(2024, 10, 21, tzinfo=UTC)
ROUND_LIMIT = 480.0
DOCUMENT = 20
"""Entries of one feed document."""

PARSED = ParsedFeed("rss20", "A feed", tuple(Entry(str(number), None, "A story") for number in range(DOCUMENT)))
WARM_UP = timedelta(days=1)
"""All feeds are new at first; the figures count from then on, where there is more than that."""


class Simulation:
    """Rounds ``every`` so many minutes over ``sources``, each collector with its own connections, hosts shared.

    The polls of a round are spread over ``spread`` seconds; after ``limit`` seconds it starts no request.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        days: float,
        every: float,
        shards: int,
        seed: int,
        spread: float = 0.0,
        limit: float = ROUND_LIMIT,
    ) -> None:
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
        self._spread = spread
        self._limit = limit

    def run(self) -> Figures:
        loop = VirtualTime()
        begun, per_day = time.process_time(), int(1440 / self._every)
        try:
            for number in range(self._rounds):
                loop.run_until_complete(self._round(loop, number * self._every * 60.0))
                if (number + 1) % per_day == 0:
                    self._tell_day((number + 1) // per_day, per_day)
        finally:
            loop.close()
        self.figures.cpu = time.process_time() - begun
        return self.figures

    def _tell_day(self, day: int, rounds: int) -> None:
        line(f"day {day}: requests a round", self.figures.rounds[-rounds:])
        minutes = self.figures.minutes[(day - 1) * 1440 : day * 1440]
        line(f"day {day}: requests a minute", minutes)
        minutes_of_hours(minutes)
        print(f"sooner than the host's delay until now: {self.figures.too_soon}", flush=True)

    async def _round(self, loop: VirtualTime, start: float) -> None:
        await asyncio.sleep(max(start - loop.time(), 0.0))
        self._turns = HostTurns(HOST_DELAY, loop.time() + self._limit, clock=loop.time)
        self._slots = [asyncio.Semaphore(MAX_CONNECTIONS) for _ in range(self._shards)]
        for host, ended in self._ended.items():
            if loop.time() - ended < 120:  # the ledger hands on what one round knows of a host to the next
                self._turns._of(host).last = ended
        polls, pages = self.figures.polls, self.figures.pages
        async with asyncio.TaskGroup() as group:
            for timed in self._timed(_moment(loop)):
                group.create_task(self._collect(loop, group, timed))
        self.figures.asked.append(self.figures.polls - polls)
        self.figures.rounds.append(self.figures.asked[-1] + self.figures.pages - pages)

    async def _collect(self, loop: VirtualTime, group: asyncio.TaskGroup, timed: Sequence[TimedPoll]) -> None:
        async for feed in in_time(timed):
            group.create_task(self._poll(loop, group, feed))

    def _timed(self, now: datetime) -> Iterator[tuple[TimedPoll, ...]]:
        """The polls of each collector. Whose time may come is looked up; whether it does, the product decides."""
        ahead = timedelta(seconds=self._spread)
        names: list[list[str]] = [[] for _ in range(self._shards)]
        while self._soonest and self._soonest[0][0] <= now + ahead:
            name = heapq.heappop(self._soonest)[1]
            names[self._shard[name]].append(name)
        for mine in names:
            due = due_feeds((self._sources[name].feed for name in mine), self._states, now, ahead)
            if len(due) != len(mine):
                raise AssertionError("the product finds other feeds due than those whose next poll has come")
            timed = timed_polls(due, self._states, now, self._spread, HOST_DELAY)
            taken = {poll.feed.id for poll in timed}
            for feed in due:
                if feed.id not in taken:
                    self._leave(feed)
            yield timed

    def _leave(self, feed: FeedSource) -> None:
        state = self._states.get(feed.id)
        self.figures.left += 1
        heapq.heappush(self._soonest, (state.next_due_at if state and state.next_due_at else BEGIN, feed.id))

    async def _poll(self, loop: VirtualTime, group: asyncio.TaskGroup, feed: FeedSource) -> None:
        source, state = self._sources[feed.id], self._states.get(feed.id)
        if not await self._ask(loop, source):
            self._leave(feed)
            return
        self.figures.polls += 1
        now = _moment(loop)
        if state and state.next_due_at and now > BEGIN + WARM_UP:
            self.figures.late[int((now - state.next_due_at).total_seconds())] += 1
        news = self._news(source, state, now)
        told = self._told(source, state, news, now)
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

    def _news(self, source: Source, state: FeedState | None, now: datetime) -> int:
        """Stories since the last poll: most by day, few by night."""
        if state is None or state.last_polled_at is None:
            return DOCUMENT
        days = (now - state.last_polled_at) / timedelta(days=1)
        return poisson(source.daily * days * busy(now.hour, source.zone), self._chance)

    def _told(self, source: Source, state: FeedState | None, news: int, now: datetime) -> FeedState:
        feed = source.feed
        if source.dead or self._chance.random() < 0.01:
            kind = FetchFailure(feed.url, "http_status", "404" if source.dead else "503", not source.dead, 503)
            return after_failure(feed, state, now=now, failure=kind)
        cache = (("Cache-Control", f"max-age={source.max_age}"),) if source.max_age else ()
        answer = Exchange(feed.url, feed.url, 200 if news else 304, cache, b"", b"", now, 300)
        if not news:
            return after_not_modified(feed, state, now=now, answer=answer)
        known = max(DOCUMENT - news, 0)
        return after_document(feed, state, now=now, answer=answer, digest=str(now), parsed=PARSED, known=known)


def _moment(loop: VirtualTime) -> datetime:
    return BEGIN + timedelta(seconds=loop.time())


def main() -> int:
    options = _options()
    chance = random.Random(options.seed)  # noqa: S311
    sources = world(options.feeds, chance, options.zones)
    hosts = len({source.host for source in sources})
    print(f"{len(sources)} feeds on {hosts} hosts, {options.days} days, a round every {options.every} minutes,")
    print(f"{options.shards} collectors, polls over {options.spread} s, no request after {options.limit} s", flush=True)
    figures = Simulation(
        sources, options.days, options.every, options.shards, options.seed, options.spread, options.limit
    ).run()
    _show(figures, options, told_a_round(sources, options.days, options.every))
    return 1 if figures.too_soon else 0


def _show(figures: Figures, options: argparse.Namespace, told: Sequence[float]) -> None:
    warm_up = WARM_UP if options.days > WARM_UP / timedelta(days=1) else timedelta(0)
    warm = int(warm_up / timedelta(minutes=options.every))
    minutes = figures.minutes[int(warm_up.total_seconds() // 60) : int(options.days * 1440)]
    print(f"polls {figures.polls}: {figures.polls / options.feeds / options.days:.1f} a feed and day")
    print(f"pages {figures.pages}: {figures.pages / options.days:.0f} a day")
    rounds, polls, news = figures.rounds[warm:], figures.asked[warm:], told[warm:]
    line("requests a round", rounds)
    line("polls a round", polls)
    line("stories told a round", news)
    even = sum(rounds) / len(rounds) - sum(news) / len(news)
    beyond = sorted(number / (even + stories) for number, stories in zip(rounds, news, strict=True))
    print(
        f"requests a round, of even polls and the stories told: 1 % {at_share(beyond, 0.01):.2f} times, "
        f"99 % {at_share(beyond, 0.99):.2f}, most {beyond[-1]:.2f}"
    )
    line("requests a minute", minutes)
    minutes_of_hours(minutes)
    line("requests an hour", [sum(minutes[at : at + 60]) for at in range(0, len(minutes) - 59, 60)])
    late = sorted(figures.late.elements())
    shares = ", ".join(f"{share:.0%} under {at_share(late, share):.0f} s" for share in (0.5, 0.9, 0.95, 0.99))
    print(f"lateness of a poll: {shares}")
    print(f"polls left for the next round: {figures.left}")
    print(f"requests sooner than the host's delay: {figures.too_soon}")
    print(f"CPU of scheduler, turns and simulation: {figures.cpu:.0f} s")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=180_000)
    parser.add_argument("--days", type=float, default=7)
    parser.add_argument("--every", type=float, default=10, help="minutes between two rounds")
    parser.add_argument("--spread", type=float, default=450, help="seconds over which a round's polls are spread")
    parser.add_argument("--limit", type=float, default=ROUND_LIMIT, help="seconds after which a round asks no more")
    parser.add_argument("--shards", type=int, default=8)
    parser.add_argument("--zones", type=int, default=24, help="neighbouring time zones that the sites lie in")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.every * 60 <= options.limit:
        parser.error("rounds would overlap: --every has to be longer than --limit")
    return options


if __name__ == "__main__":
    sys.exit(main())
