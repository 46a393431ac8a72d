"""The gap between two requests to one host, kept per requested host whatever feed the request serves."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

PACE = 2.0
"""A site that takes a second to answer is asked again after two: its own work is the best measure of what it bears."""
LONGEST_PACE = 60.0
FIRST_PENALTY = 1.0
LONGEST_PENALTY = 120.0
"""Seconds of the gap that 429s lead to, each doubling it."""
HOST_CONCURRENCY = 4
"""Requests under way at once on a host for which no gap is set."""
NOTHING_KEPT: Mapping[str, float] = {}


class RoundOver(Exception):
    """The round may start no new request (its time limit is reached before the host's next turn)."""


class HostTurns:
    """Gives each host its turns. Times are seconds of the monotonic clock; ``deadline`` ends all waiting."""

    def __init__(
        self,
        gap: float,
        deadline: float,
        *,
        kept: Mapping[str, float] = NOTHING_KEPT,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """``gap`` is every host's least, ``kept`` what earlier rounds' refusals have made of it for some."""
        self._gap = gap
        self._kept = kept
        self._deadline = deadline
        self._clock = clock
        self._sleep = sleep
        self._hosts: dict[str, _Host] = {}

    def widen(self, host: str, gap: float) -> None:
        """The site asks for at least this many seconds (robots.txt ``Crawl-delay``); holds for the very next turn."""
        self._widen(self._of(host), gap)

    def answered(self, host: str, seconds: float) -> None:
        """The host took so long to answer: its gap follows, where it has one."""
        known = self._of(host)
        known.pace = seconds if known.pace is None else (known.pace + seconds) / 2
        if known.gap:
            known.gap = max(known.stated, min(known.pace * PACE, LONGEST_PACE))

    def refused(self, host: str) -> None:
        """The host has had too many requests (429): twice the gap from now on."""
        known = self._of(host)
        known.penalty = min(max(known.gap * 2, FIRST_PENALTY), max(LONGEST_PENALTY, known.gap))
        self._widen(known, known.penalty)

    def penalties(self) -> dict[str, float]:
        """The gaps of the hosts that have refused a request, worth to be kept for the next round."""
        return {host: known.penalty for host, known in self._hosts.items() if known.penalty}

    def _widen(self, known: "_Host", gap: float) -> None:
        known.asked = max(known.asked, gap)
        known.stated = max(known.stated, gap)
        if gap > known.gap:
            if known.gap == 0:
                known.slots = asyncio.Semaphore(1)
            known.gap = gap

    def check(self) -> None:
        """Raises ``RoundOver`` when no new request may start any more."""
        if self._clock() >= self._deadline:
            raise RoundOver

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Wait for the host's next turn and hold a slot of it. Raises ``RoundOver`` instead of waiting in vain."""
        known = self._of(host)
        if known.gap and self._clock() + known.gap * known.waiting >= self._deadline:
            raise RoundOver  # those before it take up what is left of the round
        known.waiting += 1
        try:
            async with known.slots:
                await self._wait(known)
                try:
                    yield
                finally:
                    known.last = max(known.last or 0.0, self._clock())
        finally:
            known.waiting -= 1

    async def _wait(self, known: "_Host") -> None:
        now = self._clock()
        start = now if known.last is None else max(now, known.last + known.gap)
        if start >= self._deadline:
            raise RoundOver
        # Noted before sleeping, so that two waiting requests never take the same turn.
        known.last = start
        await self._sleep(start - now)

    def _of(self, host: str) -> "_Host":
        if host not in self._hosts:
            self._hosts[host] = _Host(max(self._gap, self._kept.get(host, 0.0)))
        return self._hosts[host]


class _Host:
    """``last`` is when the latest request began, will begin, or ended.

    ``stated``: the least gap, of the settings, the site's robots.txt or its refusals. ``asked``: what the site itself
    has asked for in this round, ``penalty`` what its refusals have led to, 0 if nothing. ``pace``: its response time.
    """

    __slots__ = ("asked", "gap", "last", "pace", "penalty", "slots", "stated", "waiting")

    def __init__(self, gap: float) -> None:
        self.gap = self.stated = gap
        self.asked = self.penalty = 0.0
        self.pace: float | None = None
        self.waiting = 0
        self.last: float | None = None
        self.slots = asyncio.Semaphore(1 if gap else HOST_CONCURRENCY)
