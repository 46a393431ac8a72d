"""The gap between two requests to one host, kept per requested host whatever feed the request serves."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

HOST_CONCURRENCY = 4
"""Requests under way at once on a host for which no gap is set."""


class RoundOver(Exception):
    """The round may start no new request (its time limit is reached before the host's next turn)."""


class HostTurns:
    """Gives each host its turns. Times are seconds of the monotonic clock; ``deadline`` ends all waiting."""

    def __init__(
        self,
        gap: float,
        deadline: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._gap = gap
        self._deadline = deadline
        self._clock = clock
        self._sleep = sleep
        self._hosts: dict[str, _Host] = {}

    def widen(self, host: str, gap: float) -> None:
        """The site asks for at least this many seconds (robots.txt ``Crawl-delay``); holds for the very next turn."""
        known = self._of(host)
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
        async with known.slots:
            await self._wait(known)
            try:
                yield
            finally:
                known.last = max(known.last or 0.0, self._clock())

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
            self._hosts[host] = _Host(self._gap)
        return self._hosts[host]


class _Host:
    """``last`` is when the latest request began, will begin, or ended."""

    __slots__ = ("gap", "last", "slots")

    def __init__(self, gap: float) -> None:
        self.gap = gap
        self.last: float | None = None
        self.slots = asyncio.Semaphore(1 if gap else HOST_CONCURRENCY)
