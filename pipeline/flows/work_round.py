"""The work of a round: every due feed and every waiting entry, all at once, each host at its own pace."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from pipeline.adapters.archive import Archive
from pipeline.adapters.http.addresses import AllowedHosts
from pipeline.adapters.http.client import HttpClient
from pipeline.adapters.http.politeness import HostTurns
from pipeline.adapters.http.robots import Robots
from pipeline.adapters.ledger import feeds, hosts
from pipeline.adapters.ledger.database import Ledger
from pipeline.adapters.ledger.entries import OpenEntry
from pipeline.adapters.ledger.rechecks import Recheck
from pipeline.adapters.ledger.runs import Run
from pipeline.adapters.workers import Workers, cores
from pipeline.flows.clock import Clock
from pipeline.flows.configuration import Configuration
from pipeline.flows.follow import follow
from pipeline.flows.poll import poll
from pipeline.flows.recheck import recheck
from pipeline.flows.recorder import Recorder
from pipeline.flows.shards import Part
from pipeline.flows.shared_turns import SharedTurns
from pipeline.flows.textwork import PRELOAD, equip
from pipeline.flows.tools import Hand, Tools
from pipeline.flows.watch import Watcher
from pipeline.model import FeedSource, RobotsFile
from pipeline.settings import Settings
from pipeline.stages.feed_state import FeedState, known_sources

log = structlog.get_logger()

TEXT_WORK_LIMIT = 60.0
"""Seconds one page may take; the best extractors need some hundredths."""


async def work_round(
    settings: Settings,
    run: Run,
    clock: Clock,
    configuration: Configuration,
    ledger: Ledger,
    states: dict[str, FeedState],
    due: Sequence[FeedSource],
    waiting: Sequence[OpenEntry],
    looks: Sequence[Recheck],
    watch: Watcher,
    part: Part,
    jobs: int | None,
) -> None:
    """Poll the feeds ``due``, work on the entries ``waiting`` and on those that the feeds bring, take the ``looks``.

    ``part`` is what this collector holds; ``jobs`` are the worker processes for text, by default one a core.
    """
    _tell_of_proxy(os.environ)
    async with _tools(settings, run, clock, configuration, ledger, part, jobs or cores()) as tools:
        tools.sources.update(known_sources(configuration.feeds, states))
        await _Round(tools, states, watch).run(due, waiting, looks)


def _tell_of_proxy(environ: Mapping[str, str]) -> None:
    """A proxy would resolve and connect in our place, behind the check of addresses, so none is used."""
    names = [name for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy") if environ.get(name)]
    if names:
        log.warning("not used: requests go out directly, so that addresses can be checked", setting=names[0])


@dataclass(frozen=True, slots=True)
class _Task:
    entry: OpenEntry
    task: asyncio.Task[None]


class _Round:
    """The tasks of one round."""

    def __init__(self, tools: Tools, states: dict[str, FeedState], watch: Watcher) -> None:
        self._tools = tools
        self._states = states
        self._watch = watch
        self._begun: dict[int, _Task] = {}
        self._counts = {"feeds": [0, 0], "entries": [0, 0]}

    async def run(self, due: Sequence[FeedSource], waiting: Sequence[OpenEntry], looks: Sequence[Recheck]) -> None:
        async with asyncio.TaskGroup() as group:
            self._group = group
            # Feeds go first in each host's line: behind the pages of a large host theirs would wait for rounds.
            for feed in due:
                self._count("feeds", more=1)
                group.create_task(self._poll(feed))
            for entry in waiting:
                self._open(entry)
            for look in looks:
                group.create_task(recheck(self._tools, look))

    async def _poll(self, feed: FeedSource) -> None:
        opened = await poll(self._tools, feed, self._states.get(feed.id))
        self._count("feeds", done=1)
        for entry in opened:
            self._open(entry)

    def _open(self, entry: OpenEntry) -> None:
        """Work on an entry once, and once more where its feed has changed what it says of it meanwhile."""
        before = self._begun.get(entry.id)
        if before is not None and before.entry.entry == entry.entry:
            return
        self._count("entries", more=1)
        task = self._group.create_task(self._follow(entry, before.task if before else None))
        self._begun[entry.id] = _Task(entry, task)

    async def _follow(self, entry: OpenEntry, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        await follow(self._tools, entry)
        self._count("entries", done=1)

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
    turns = _turns(settings, ledger, part)
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
                Hand(),
                robots_for_feeds=settings.feed_robots,
                copy_window=timedelta(days=settings.copy_window_days),
            )
            yield tools
            with ledger.write() as connection:
                part.confirm(connection)
                feeds.save_robots(connection, robots.fresh)
                hosts.save_resting(connection, client.rests, clock())
                tools.sites.save(connection, clock)


def _turns(settings: Settings, ledger: Ledger, part: Part) -> HostTurns:
    """Turns in memory for the only collector, in the ledger where others may ask the same hosts."""
    deadline = time.monotonic() + settings.round_limit
    if part.holder is None:
        return HostTurns(settings.host_delay, deadline)
    return SharedTurns(ledger, part.holder, settings.host_delay, deadline, settings.request_timeout)


def _resting(ledger: Ledger, clock: Clock) -> dict[str, datetime]:
    with ledger.read() as connection:
        return hosts.resting(connection, clock())


def _known_robots(ledger: Ledger, origin: str) -> RobotsFile | None:
    with ledger.read() as connection:
        return feeds.robots_file(connection, origin)
