"""The work of a round: every due feed at its moment and every waiting entry, each host at its own pace."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import structlog

from pipeline.adapters.archive import Archive
from pipeline.adapters.http.addresses import AllowedHosts
from pipeline.adapters.http.client import HttpClient
from pipeline.adapters.http.politeness import HostTurns
from pipeline.adapters.http.robots import Robots
from pipeline.adapters.ledger import feeds, host_slots, hosts
from pipeline.adapters.ledger.database import Ledger
from pipeline.adapters.ledger.entries import OpenEntry, WaitingEntry, load_open
from pipeline.adapters.ledger.rechecks import Recheck
from pipeline.adapters.ledger.runs import Run
from pipeline.adapters.memory import keep_little
from pipeline.adapters.workers import Workers, cores
from pipeline.flows.at_hand import AtHand
from pipeline.flows.clock import Clock
from pipeline.flows.configuration import Configuration
from pipeline.flows.follow import follow
from pipeline.flows.host_lines import NO_HOST, HostLines
from pipeline.flows.in_time import in_time
from pipeline.flows.poll import poll
from pipeline.flows.profile import during
from pipeline.flows.recheck import recheck
from pipeline.flows.recorder import Recorder
from pipeline.flows.shards import Part
from pipeline.flows.shared_turns import SharedTurns
from pipeline.flows.textwork import PRELOAD, equip
from pipeline.flows.tools import BYTES_IN_HAND_A_WORKER, Hand, Tools
from pipeline.flows.watch import Watcher
from pipeline.model import FeedSource, RobotsFile
from pipeline.settings import Settings
from pipeline.stages.feed_state import FeedState, known_sources
from pipeline.stages.pace import TimedPoll

log = structlog.get_logger()

TEXT_WORK_LIMIT = 60.0
"""Seconds one page may take; the best extractors need some hundredths."""
TEXT_WORK_MEMORY = 96_000_000
"""Bytes that one page or feed may take: enough for 15 MB of paragraphs. Markup made to fill the memory takes 800 MB."""


async def work_round(
    settings: Settings,
    run: Run,
    clock: Clock,
    configuration: Configuration,
    ledger: Ledger,
    states: dict[str, FeedState],
    polls: Sequence[TimedPoll],
    waiting: Sequence[WaitingEntry],
    looks: Sequence[Recheck],
    watch: Watcher,
    part: Part,
    jobs: int | None,
) -> None:
    """Take the ``polls``, work on the entries ``waiting`` and on those that the feeds bring, take the ``looks``.

    ``part`` is what this collector holds; ``jobs`` are the worker processes for text, by default one a core.
    """
    _tell_of_proxy(os.environ)
    keep_little()
    async with _tools(settings, run, clock, configuration, ledger, part, jobs or cores()) as tools:
        tools.sources.update(known_sources(configuration.feeds, states))
        await _Round(tools, states, watch).run(polls, waiting, looks)


def _tell_of_proxy(environ: Mapping[str, str]) -> None:
    """A proxy would resolve and connect in our place, behind the check of addresses, so none is used."""
    names = [name for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy") if environ.get(name)]
    if names:
        log.warning("not used: requests go out directly, so that addresses can be checked", setting=names[0])


class _Round:
    """The tasks of one round."""

    def __init__(self, tools: Tools, states: dict[str, FeedState], watch: Watcher) -> None:
        self._tools = tools
        self._states = states
        self._watch = watch
        self._lines = HostLines()
        self._said: dict[int, int] = {}
        """Hashes of what feeds say of the entries that this round has opened, until the last feed has spoken."""
        self._unheard = 0
        self._begun: dict[int, asyncio.Task[None]] = {}
        self._at_hand = AtHand()
        self._counts = {"feeds": [0, 0], "entries": [0, 0]}

    async def run(self, polls: Sequence[TimedPoll], waiting: Sequence[WaitingEntry], looks: Sequence[Recheck]) -> None:
        async with asyncio.TaskGroup() as group:
            self._group = group
            self._count("feeds", more=len(polls))
            self._unheard = len(polls)
            group.create_task(self._poll_all(polls))
            # Feeds go first in each host's line: behind the pages of a large host theirs would wait for rounds.
            await asyncio.sleep(0)
            for waits in waiting:
                self._enter(waits.id, self._host(waits.feed_id, waits.url))
            for look in looks:
                group.create_task(recheck(self._tools, look))

    async def _poll_all(self, polls: Sequence[TimedPoll]) -> None:
        async for feed in in_time(polls):
            self._group.create_task(self._poll(feed))

    async def _poll(self, feed: FeedSource) -> None:
        opened = await poll(self._tools, feed, self._states.get(feed.id))
        self._count("feeds", done=1)
        for entry in opened:
            self._open(entry)
        self._unheard -= 1
        if not self._unheard:
            self._said.clear()

    def _open(self, entry: OpenEntry) -> None:
        """Work on an entry once, and once more where its feed has changed what it says of it meanwhile."""
        said = hash(entry.entry)
        if self._said.get(entry.id) == said:
            return
        self._said[entry.id] = said
        if not self._lines.waits(entry.id):  # else it is read from the ledger when its turn comes
            self._enter(entry.id, self._host(entry.feed_id, entry.entry.url), entry)

    def _enter(self, number: int, host: str, entry: OpenEntry | None = None) -> None:
        self._count("entries", more=1)
        if self._lines.enter(host, number):
            self._begin(host, [number], entry)
        elif entry is not None and number not in self._begun:  # what comes of one under way stands in the ledger only
            self._at_hand.keep(entry)

    def _begin(self, host: str, numbers: Sequence[int], known: OpenEntry | None = None) -> None:
        for entry in [known] if known is not None else self._taken(numbers):
            if self._unheard:
                self._said.setdefault(entry.id, hash(entry.entry))
            self._begun[entry.id] = self._group.create_task(self._follow(host, entry, self._begun.get(entry.id)))

    def _taken(self, numbers: Sequence[int]) -> list[OpenEntry]:
        """These entries, from the ledger where they are not at hand."""
        found = self._at_hand.take(numbers)
        missing = [number for number in numbers if number not in found]
        if missing:
            with during("ledger"), self._tools.ledger.read() as connection:
                found |= {entry.id: entry for entry in load_open(connection, missing)}
        return [found[number] for number in numbers if number in found]

    async def _follow(self, host: str, entry: OpenEntry, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        await follow(self._tools, entry)
        if self._begun.get(entry.id) is asyncio.current_task():
            del self._begun[entry.id]
        self._count("entries", done=1)
        self._begin(host, self._lines.leave(host, hurry=self._tools.client.is_over))

    def _host(self, feed_id: str, url: str | None) -> str:
        """Whose line an entry waits in."""
        if url is None or self._tools.feeds[feed_id].full_text == "feed":
            return NO_HOST
        try:
            return urlsplit(url).hostname or NO_HOST
        except ValueError:
            return NO_HOST

    def _count(self, what: str, *, done: int = 0, more: int = 0) -> None:
        counts = self._counts[what]
        counts[0] += done
        counts[1] += more
        self._watch(what, counts[0], counts[1])


@asynccontextmanager
async def _tools(
    settings: Settings,
    run: Run,
    clock: Clock,
    configuration: Configuration,
    ledger: Ledger,
    part: Part,
    jobs: int,
) -> AsyncIterator[Tools]:
    turns = _turns(settings, ledger, part, clock)
    client = HttpClient(
        turns,
        AllowedHosts(settings.allow_hosts),
        contact=settings.contact,
        time_limit=settings.request_timeout,
        clock=clock,
        rests=_resting(ledger, clock),
    )
    workers = Workers(
        jobs,
        limit=TEXT_WORK_LIMIT,
        memory=TEXT_WORK_MEMORY,
        preload=PRELOAD,
        initializer=equip,
        initargs=(configuration.rules, configuration.topics),
    )
    robots = Robots(client, turns, lambda origin: _known_robots(ledger, origin), clock)
    with workers:
        async with client, Recorder(ledger, Archive(settings.raw_archive_url), part.confirm) as recorder:
            tools = Tools(
                run,
                clock,
                {f.id: f for f in configuration.feeds},
                ledger,
                client,
                robots,
                workers,
                recorder,
                Hand(jobs * BYTES_IN_HAND_A_WORKER),
                robots_for_feeds=settings.feed_robots,
                copy_window=timedelta(days=settings.copy_window_days),
            )
            yield tools
            with ledger.write() as connection:
                part.confirm(connection)
                feeds.save_robots(connection, robots.fresh)
                hosts.save_resting(connection, client.rests, clock())
                if part.holder is None:
                    host_slots.keep_gaps(connection, turns.penalties(), clock())
                tools.sites.save(connection, clock)


def _turns(settings: Settings, ledger: Ledger, part: Part, clock: Clock) -> HostTurns:
    """Turns in memory for the only collector, in the ledger where others may ask the same hosts."""
    deadline = time.monotonic() + settings.round_limit
    with ledger.read() as connection:
        kept = host_slots.kept_gaps(connection, clock())
    if part.holder is None:
        return HostTurns(settings.host_delay, deadline, kept=kept)
    return SharedTurns(ledger, part.holder, settings.host_delay, deadline, settings.request_timeout, kept)


def _resting(ledger: Ledger, clock: Clock) -> dict[str, datetime]:
    with ledger.read() as connection:
        return hosts.resting(connection, clock())


def _known_robots(ledger: Ledger, origin: str) -> RobotsFile | None:
    with ledger.read() as connection:
        return feeds.robots_file(connection, origin)
