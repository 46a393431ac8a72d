"""The clock of a round: the real one, or fixed by ``--now`` for every decision and every stored time."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from pipeline.adapters.ledger.database import Ledger
from pipeline.adapters.ledger.database_clock import database_time

log = structlog.get_logger()

Clock = Callable[[], datetime]

MAX_SKEW = timedelta(seconds=5)
"""By how much a machine's clock may differ from that of the ledger's database before it is put right."""


def system_clock() -> datetime:
    """Now, in UTC, to the second: nothing that is shown is finer."""
    return datetime.now(UTC).replace(microsecond=0)


def round_clock(ledger: Ledger, fixed: datetime | None) -> Clock:
    """The clock of one round over ``ledger``: it stands at ``fixed``, or goes.

    Machines that share a ledger go by its database's clock. So a worker whose own clock is wrong polls nothing early or
    late, and stamps nothing with a wrong time.
    """
    if fixed is not None:
        return lambda: fixed
    if not ledger.is_shared:
        return system_clock
    with ledger.read() as connection:
        skew = database_time(connection) - datetime.now(UTC)
    if abs(skew) <= MAX_SKEW:
        return system_clock
    log.warning("this machine's clock is wrong; the ledger's is used", seconds=round(skew.total_seconds()))
    return lambda: (datetime.now(UTC) + skew).replace(microsecond=0)
