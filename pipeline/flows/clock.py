"""The clock of a round: the real one, or fixed by ``--now`` for every decision and every stored time."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Now, in UTC, to the second: nothing in the ledger is finer."""
    return datetime.now(UTC).replace(microsecond=0)


def clock_of(fixed: datetime | None) -> Clock:
    """A clock that stands at ``fixed``, or the real one."""
    return (lambda: fixed) if fixed is not None else system_clock
