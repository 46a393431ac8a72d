"""The gap between two requests to one host, kept per requested host whatever feed the request serves."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

HOST_CONCURRENCY = 4
"""Requests under way at once on a host for which no gap is set."""


class RoundOver(Exception):
    """The round may start no new request (its time limit is reached before the host's next turn)."""


class HostTurns:
    """Gives each host its turns. Times are seconds of the monotonic clock; ``deadline`` ends all waiting."""

    def __init__(self, gap: float, deadline: float) -> None:
        self._gap = gap
        self._deadline = deadline
        self._gaps: dict[str, float] = {}
        self._next_start: dict[str, float] = {}
        self._slots: dict[str, asyncio.Semaphore] = {}

    def widen(self, host: str, gap: float) -> None:
        """The site asks for at least this many seconds (robots.txt ``Crawl-delay``)."""
        self._gaps[host] = max(gap, self._gap, self._gaps.get(host, 0.0))

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Wait for the host's next turn and hold a slot of it. Raises ``RoundOver`` instead of waiting in vain."""
        slots = self._slots.setdefault(host, asyncio.Semaphore(1 if self._gap_of(host) else HOST_CONCURRENCY))
        async with slots:
            await self._wait(host)
            try:
                yield
            finally:
                self._next_start[host] = max(self._next_start.get(host, 0.0), time.monotonic() + self._gap_of(host))

    async def _wait(self, host: str) -> None:
        now = time.monotonic()
        start = max(now, self._next_start.get(host, 0.0))
        if start >= self._deadline:
            raise RoundOver
        # Reserved before sleeping, so that two waiting requests never take the same turn.
        self._next_start[host] = start + self._gap_of(host)
        await asyncio.sleep(start - now)

    def _gap_of(self, host: str) -> float:
        return self._gaps.get(host, self._gap)
