"""How the feeds do, what waits, what the last rounds did, and what all of it takes on disk. Nothing is changed by it.

Elasticsearch is not asked: the ledger knows what waits for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from pipeline.adapters.disk_use import folder_bytes, free_bytes
from pipeline.adapters.ledger import feeds as feed_states
from pipeline.adapters.ledger import outbox, overview
from pipeline.adapters.ledger.alarms import Incident, open_incidents
from pipeline.adapters.ledger.overview import Backlog, PastRun
from pipeline.adapters.ledger.view import open_view
from pipeline.adapters.local_node import LocalNode
from pipeline.config.feeds import load_feeds
from pipeline.model import FeedSource
from pipeline.settings import Settings
from pipeline.stages.feed_state import FeedState, FeedStatus, feed_status

SHOWN_RUNS = 10
SHOWN_DEAD_LETTERS = 10


@dataclass(frozen=True, slots=True)
class FeedOverview:
    """One feed of the list. Times and failures are those of its present address."""

    id: str
    url: str
    state: FeedStatus
    next_due_at: datetime | None = None
    """``None``: as soon as a round runs, or never where the feed is disabled."""
    failures: int = 0
    last_success_at: datetime | None = None
    last_problem: str | None = None
    last_new_at: datetime | None = None
    silent_for: timedelta | None = None
    """Since the last news of a silent feed."""
    repeats_guids: bool = False
    """Has it given several entries of one document the same guid? Then their links tell them apart."""


@dataclass(frozen=True, slots=True)
class DiskUse:
    """Bytes; ``None`` for what does not lie on this machine or cannot be told."""

    ledger: int | None
    archive: int | None
    index: int | None
    free: int | None
    """Where ``SITREP_HOME`` is."""


@dataclass(frozen=True, slots=True)
class Status:
    """``unlisted`` counts feeds that were polled once and are no longer in the feed list."""

    now: datetime
    feeds: tuple[FeedOverview, ...]
    unlisted: int
    backlog: Backlog
    dead_letters: tuple[tuple[str, str], ...]
    """URL and reason of stories that the index refuses, the first ones."""
    runs: tuple[PastRun, ...]
    """The last ones, newest first."""
    disk: DiskUse
    alarms: tuple[Incident, ...] = ()
    """What lasts, the longest first."""


def status(settings: Settings, now: datetime) -> Status:
    """Look at everything. Where there is no ledger yet, none is made.

    Raises ``ConfigError`` for a wrong feed list, and what opening a ledger raises.
    """
    listed = load_feeds(settings.feeds)
    known = _known(settings, now)
    disk = DiskUse(known.bytes_used, _archive_bytes(settings), _index_bytes(settings), free_bytes(settings.home))
    return Status(
        now=now,
        feeds=tuple(_feed(feed, known.feeds.get(feed.id), now) for feed in listed),
        unlisted=len(known.feeds.keys() - {feed.id for feed in listed}),
        backlog=known.backlog,
        dead_letters=known.dead_letters,
        runs=known.runs,
        disk=disk,
        alarms=known.alarms,
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """What the ledger says; as it stands here, if there is none."""

    feeds: Mapping[str, FeedState] = field(default_factory=dict)
    backlog: Backlog = field(default_factory=Backlog)
    dead_letters: tuple[tuple[str, str], ...] = ()
    runs: tuple[PastRun, ...] = ()
    bytes_used: int = 0
    alarms: tuple[Incident, ...] = ()


def _known(settings: Settings, now: datetime) -> _Known:
    ledger = open_view(settings.ledger_url)
    if ledger is None:
        return _Known()
    with ledger, ledger.read() as connection:
        return _Known(
            feed_states.states(connection),
            overview.backlog(connection, now),
            tuple(outbox.dead_letters(connection, SHOWN_DEAD_LETTERS)),
            overview.past_runs(connection, SHOWN_RUNS),
            overview.bytes_used(connection),
            tuple(open_incidents(connection)),
        )


def _feed(feed: FeedSource, held: FeedState | None, now: datetime) -> FeedOverview:
    state = feed_status(feed, held, now)
    if held is None or held.url != feed.url:
        return FeedOverview(feed.id, feed.url, state)
    last_news = held.last_new_at or held.last_success_at
    return FeedOverview(
        id=feed.id,
        url=feed.url,
        state=state,
        next_due_at=held.next_due_at if feed.enabled else None,
        failures=held.failures,
        last_success_at=held.last_success_at,
        last_problem=held.last_problem,
        last_new_at=held.last_new_at,
        silent_for=now - last_news if state == "silent" and last_news else None,
        repeats_guids=held.repeats_guids,
    )


def _archive_bytes(settings: Settings) -> int | None:
    location = settings.raw_archive_url.removeprefix("file://")
    return None if "://" in location else folder_bytes(Path(location))


def _index_bytes(settings: Settings) -> int | None:
    return None if settings.elasticsearch_url else LocalNode(settings.home, settings.cache).status().data_bytes
