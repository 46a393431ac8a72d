"""The local Elasticsearch of ``up``: started, watched, and stopped at the end unless it ran before."""

from collections.abc import Callable

from pipeline.adapters.local_node import LocalNode
from pipeline.errors import CannotRun, NodeFailed
from pipeline.flows.up.restarts import MOST_DEATHS
from pipeline.settings import Settings

Say = Callable[[str], None]


class OwnNode:
    """``is_ours``: ``up`` has started it, now or before it was cut short, so it stops it."""

    def __init__(self, settings: Settings, say: Say, *, was_ours: bool) -> None:
        self._node = LocalNode(settings.home, settings.cache)
        self._say = say
        self._failures = 0
        self.is_ours = was_ours or self._node.running() is None

    @property
    def pid(self) -> int | None:
        return self._node.status().pid

    def start(self) -> str:
        """Its URL. Raises ``NodeFailed``."""
        return self._node.ensure(self._say)

    def mend(self) -> None:
        """Start it again if it does not answer. Raises ``CannotRun`` when that failed too often in a row.

        Until then stories wait in the ledger.
        """
        if self._node.running() is not None:
            self._failures = 0
            return
        try:
            self._node.ensure(self._say)
        except NodeFailed as error:
            self._failures += 1
            if self._failures >= MOST_DEATHS:
                raise CannotRun(str(error)) from None
            self._say(str(error))

    def end(self) -> bool:
        """Stop it if it is ours; True if it was stopped."""
        return self.is_ours and self._node.stop()
