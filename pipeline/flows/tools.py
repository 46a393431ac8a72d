"""What the work on one feed or one entry needs at hand during a round."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ParamSpec, TypeVar
from weakref import WeakValueDictionary

import structlog

from pipeline.adapters.http.client import HttpClient
from pipeline.adapters.http.robots import Robots
from pipeline.adapters.http.targets import without_credentials
from pipeline.adapters.ledger.database import Ledger
from pipeline.adapters.ledger.runs import Run
from pipeline.adapters.workers import Workers, WorkFailed
from pipeline.flows import profile
from pipeline.flows.clock import Clock
from pipeline.flows.recorder import Recorder
from pipeline.flows.site_memory import SiteMemory
from pipeline.model import FeedSource
from pipeline.stages.fold.likeness import WINDOW

log = structlog.get_logger()

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
BYTES_IN_HAND_A_WORKER = 4_000_000
"""Feeds and pages that are fetched and not yet committed, some fifteen of usual size for each worker: beyond this,
nothing more is asked for."""

LARGE = 2_000_000
"""Bytes of a feed or page, unpacked."""


class Hand:
    """How many bytes of pages lie between the network and the ledger, so that fast hosts cannot fill the memory."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._bytes = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._large = asyncio.Semaphore(1)

    async def room(self) -> None:
        """Wait until another page may be fetched."""
        while self._bytes > self._limit:
            woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(woken)
            try:
                await woken
            finally:
                self._wake_one()

    def turn_of(self, size: int) -> AbstractAsyncContextManager[object]:
        """Held while so many bytes are worked on: large documents, which take most memory, go one after another."""
        return self._large if size > LARGE else nullcontext()

    @property
    def bytes(self) -> int:
        """How many there are now."""
        return self._bytes

    def take(self, size: int) -> None:
        self._bytes += size

    def give_back(self, size: int) -> None:
        self._bytes -= size
        self._wake_one()

    def _wake_one(self) -> None:
        """It wakes the next in turn: of many woken at once the first few fill the room, and all others wait again."""
        while self._waiting and self._bytes <= self._limit:
            woken = self._waiting.popleft()
            if not woken.done():  # cancelled meanwhile
                woken.set_result(None)
                return


@dataclass(frozen=True, slots=True)
class Tools:
    """One round's run, clock and adapters."""

    run: Run
    clock: Clock
    feeds: dict[str, FeedSource]
    ledger: Ledger
    client: HttpClient
    robots: Robots
    workers: Workers
    recorder: Recorder
    hand: Hand
    robots_for_feeds: bool = False
    sites: SiteMemory = field(default_factory=SiteMemory)
    sources: dict[str, str] = field(default_factory=dict)
    """Where documents come from, after redirects, and the feed of the list that was first to bring each."""
    copy_window: timedelta = WINDOW
    page_locks: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)
    """By canonical URL, as long as one holds or awaits it: two feeds that list one page in a round fetch it once."""

    def double_of(self, feed_id: str, address: str) -> str | None:
        """What to say of a feed whose document comes from where another one's does."""
        first = self.sources.setdefault(address, feed_id)
        return f"brings the same document as {first}, from {without_credentials(address)}" if first != feed_id else None

    async def work(
        self, function: Callable[Parameters, Result], *arguments: Parameters.args, **_: Parameters.kwargs
    ) -> Result:
        """Run ``function`` in a worker process. Raises ``WorkFailed`` however it fails: no page may end a round."""
        try:
            if (measuring := profile.running()) is None:
                return await asyncio.wrap_future(self.workers.submit(function, *arguments))
            result: Result
            result, spent = await asyncio.wrap_future(self.workers.submit(profile.measured, function, arguments))
            measuring.add(spent)
            return result
        except WorkFailed:
            raise
        except Exception as error:
            log.warning("text work failed", function=function.__name__, exc_info=error)
            raise WorkFailed(f"{type(error).__name__}: {error}") from error
