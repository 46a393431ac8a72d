"""Hosts' turns that several collectors share: each request takes its host's slot from the ledger."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar

from pipeline.adapters.http.politeness import NOTHING_KEPT, HostTurns, RoundOver
from pipeline.adapters.ledger import host_slots
from pipeline.adapters.ledger.database import Connection, Ledger
from pipeline.adapters.ledger.host_slots import Wish

MARGIN = 30.0
"""Seconds beyond a request's own limit until its slot is free again although nobody gave it back."""

Result = TypeVar("Result")


class SharedTurns(HostTurns):
    """As ``HostTurns``, and no two collectors ask one host at once or within its gap.

    A host without a gap needs no slot. ``time_limit`` is seconds for one request.
    """

    def __init__(
        self,
        ledger: Ledger,
        holder: str,
        gap: float,
        deadline: float,
        time_limit: float,
        kept: Mapping[str, float] = NOTHING_KEPT,
    ) -> None:
        super().__init__(gap, deadline, kept=kept)
        self._ledger = ledger
        self._holder = holder
        self._hold = time_limit + MARGIN
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="slots")

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Wait for the host's next turn among all collectors. Raises ``RoundOver`` instead of waiting in vain."""
        async with super().turn(host):
            wish = self._wish(host)
            if not wish.gap:
                yield
                return
            await self._take(wish)
            try:
                yield
            finally:
                await self._brief(lambda connection: host_slots.give_back(connection, self._wish(host)))

    async def _take(self, wish: Wish) -> None:
        while wait := await self._brief(lambda connection: host_slots.take(connection, wish)):
            if time.monotonic() + wait >= self._deadline:
                raise RoundOver
            await asyncio.sleep(wait)

    def _wish(self, host: str) -> Wish:
        known = self._of(host)
        return Wish(host, self._holder, known.gap, self._hold, known.asked)

    async def _brief(self, act: Callable[[Connection], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._transact, act)

    def _transact(self, act: Callable[[Connection], Result]) -> Result:
        with self._ledger.brief() as connection:
            return act(connection)
