"""An event loop for simulations: what waits for hours is woken at once, in order."""

import asyncio
import selectors


class _Leaping(selectors.SelectSelector):
    """Waits for nothing: the time that would pass has passed. What is simulated has no connections to look at."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now += timeout or 0.0
        return []


class VirtualTime(asyncio.SelectorEventLoop):
    """An event loop whose clock leaps to the next thing to do."""

    def __init__(self) -> None:
        self._leaping = _Leaping()
        super().__init__(self._leaping)

    def time(self) -> float:
        return self._leaping.now
