"""Which part of the feeds one collector of a round works on, and how it holds that part.

Feeds are dealt out by the host of their address into ``SLICES`` slices, the same on every machine, and slices to
collectors. A site's feeds stay together, so most of its requests come from one collector. Each slice has a lease in the
ledger: however many collectors, rounds or schedulers there are, by whatever division, a feed is collected by one.
"""

import hashlib
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import structlog

from pipeline.adapters.ledger import leases
from pipeline.adapters.ledger.database import Connection, Ledger
from pipeline.adapters.process_name import is_gone, is_here, own_name, shown
from pipeline.errors import CannotRun, RoundRunning
from pipeline.model import FeedSource

log = structlog.get_logger()

SLICES = 64
"""As many as there can be collectors."""

LEASE = 60.0
"""Seconds after which the work of a collector that has vanished goes to another."""

LOOK_EVERY = 1.0


@dataclass(frozen=True, slots=True)
class Shard:
    """One of ``of`` collectors, counted from 0."""

    number: int
    of: int

    def slices(self) -> frozenset[int]:
        return frozenset(range(self.number, SLICES, self.of))


WHOLE = Shard(0, 1)


def slice_of(feed: FeedSource) -> int:
    """The slice of a feed, always the same for one host."""
    host = (urlsplit(feed.url).hostname or "").encode("utf-8", "replace")
    return int.from_bytes(hashlib.sha256(host).digest()[:4], "big") % SLICES


@dataclass(frozen=True, slots=True)
class Part:
    """The slices that a collector works on; ``holder`` names it in the ledger, ``None`` where no leases are needed."""

    slices: frozenset[int]
    holder: str | None = None

    def feeds(self, feeds: Iterable[FeedSource]) -> tuple[FeedSource, ...]:
        """Those of the feeds that lie in this part."""
        return tuple(feed for feed in feeds if slice_of(feed) in self.slices)

    def confirm(self, connection: Connection) -> None:
        """Prolong the leases inside a writing transaction, so that they last until it is over.

        Raises ``RoundRunning`` when another collector has taken over: then nothing of the transaction may stay.
        """
        if self.holder is not None and not leases.keep(connection, _names(self.slices), self.holder, LEASE):
            raise RoundRunning("another collector has taken over the feeds of this one; what was stored stays")


ALL = Part(frozenset(range(SLICES)))


@contextmanager
def held_part(ledger: Ledger, shard: Shard = WHOLE) -> Iterator[Part]:
    """The part of ``shard``, held until the block ends.

    The one collector of a ledger in a file needs no leases: the lock of its folder guards it. Slices that another
    living collector holds are left to it. Raises ``RoundRunning`` when those are all.
    """
    if shard.of == 1 and not ledger.is_shared:
        yield ALL
        return
    part = _taken(ledger, shard.slices(), own_name())
    stop = threading.Event()
    keeper = threading.Thread(target=_keep, args=(ledger, part, stop), daemon=True)
    keeper.start()
    try:
        yield part
    finally:
        stop.set()
        keeper.join()
        _give_back(ledger, part)


def _taken(ledger: Ledger, wanted: frozenset[int], holder: str) -> Part:
    """Take what is free at once, and wait for what a vanished collector may hold: it prolongs its leases no more."""
    taken: frozenset[int] = frozenset()
    seen: dict[tuple[str, str], float] = {}
    deadline = time.monotonic() + LEASE + 5
    while True:
        with ledger.brief() as connection:
            leases.keep(connection, _names(taken), holder, LEASE)
            taken |= _numbers(leases.take(connection, _names(wanted - taken), holder, LEASE, is_gone))
            others = leases.holders(connection, _names(wanted - taken))
        working = {name: other for name, (other, until) in others.items() if _works(seen, name, other, until)}
        if not wanted - taken - _numbers(working) or time.monotonic() > deadline:
            return _as_part(taken, others, holder)
        time.sleep(LOOK_EVERY)


def _works(seen: dict[tuple[str, str], float], name: str, holder: str, until: float) -> bool:
    """Does the holder of this lease live? It runs on this machine, or has prolonged it since the first look."""
    return is_here(holder) or until > seen.setdefault((name, holder), until)


def _as_part(taken: frozenset[int], others: dict[str, tuple[str, float]], holder: str) -> Part:
    names = sorted({shown(other) for other, _ in others.values()})
    if not taken:
        raise RoundRunning(f"another round is running ({'; '.join(names)}); this one did nothing")
    if names:
        log.warning("left to another collector", slices=len(others), holder="; ".join(names))
    return Part(taken, holder)


def _keep(ledger: Ledger, part: Part, stop: threading.Event) -> None:
    """Trouble is left to the next writing transaction, which confirms the leases anyway."""
    while not stop.wait(LEASE / 4):
        try:
            with ledger.brief() as connection:
                leases.keep(connection, _names(part.slices), part.holder or "", LEASE)
        except CannotRun as error:
            log.warning("leases not prolonged", reason=str(error))


def _give_back(ledger: Ledger, part: Part) -> None:
    """A database that does not answer frees them itself, by their time."""
    try:
        with ledger.brief() as connection:
            leases.give_back(connection, part.holder or "")
    except CannotRun as error:
        log.warning("leases not given back", reason=str(error))


def _names(slices: Iterable[int]) -> list[str]:
    return [f"slice-{number:02}" for number in slices]


def _numbers(names: Iterable[str]) -> frozenset[int]:
    return frozenset(int(name.removeprefix("slice-")) for name in names)
