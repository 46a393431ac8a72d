"""Sitrep's own rhythm: how long to wait between two polls when neither operator nor server says anything.

The figures are choices, not measurements. A 304 costs next to nothing, a story found late cannot be made up for.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Literal

ErrorClass = Literal["temporary", "soft", "permanent"]

FIRST_GAP = timedelta(minutes=20)
SHORTEST_GAP = timedelta(minutes=10)
LONGEST_GAP = timedelta(hours=4)
"""A feed that pauses over the weekend must not be found asleep on Monday."""

FIRST_BACK_OFF: dict[ErrorClass, timedelta] = {
    "temporary": timedelta(minutes=10),
    "soft": timedelta(minutes=30),
    "permanent": timedelta(hours=4),
}
LONGEST_BACK_OFF = timedelta(days=7)

LONGEST_REST = timedelta(days=3)
TRUST = timedelta(days=7)
DOUBT = timedelta(hours=20)
"""For a feed whose bytes have changed under one ETag or date: once a day."""

JITTER = 0.1
"""The part of an own gap by which feeds differ, so that a thousand feeds added at once drift apart."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def rhythm(gap: timedelta | None, seen: int, known: int) -> timedelta:
    """The gap after a document with ``seen`` entries, of which ``known`` were remembered.

    None known: some may have been missed, so much sooner. Few known: sooner. Nearly all known: later.
    ``gap`` is the one before, ``None`` at the very first document, which says nothing about overlap.
    """
    if gap is None:
        return FIRST_GAP
    if known == 0 and seen > 0:
        gap = gap / 2
    elif known < seen / 2:
        gap = gap * 0.75
    elif known >= seen * 0.9:
        gap = gap * 1.25
    return min(max(gap, SHORTEST_GAP), LONGEST_GAP)


def own_wait(feed_id: str, gap: timedelta | None, now: datetime) -> timedelta:
    """The gap with the feed's own jitter, never under the shortest; at the longest gap until the feed's own moment."""
    gap = gap or FIRST_GAP
    if gap >= LONGEST_GAP:
        return _until_own_moment(feed_id, now)
    return max(gap * _share(feed_id), SHORTEST_GAP)


def _until_own_moment(feed_id: str, now: datetime) -> timedelta:
    """Most feeds are quiet, so most polls are those of the longest gap. Each feed has its moment in it.

    The moments of all feeds lie evenly over the gap, and a poll that comes late does not move them. A feed that is
    new to the longest gap, or was off its moment, goes there in two equal steps rather than in one short one.
    """
    moment = EPOCH + LONGEST_GAP * _phase(feed_id)
    until = LONGEST_GAP - (now - moment) % LONGEST_GAP
    return until if until >= LONGEST_GAP / 2 else (until + LONGEST_GAP) / 2


def back_off(feed_id: str, error_class: ErrorClass, failures: int) -> timedelta:
    """The wait after so many ``failures`` in a row: doubles each time up to a week, never to never."""
    doubled = FIRST_BACK_OFF[error_class] * (1 << min(max(failures, 1) - 1, 20))
    return max(min(doubled, LONGEST_BACK_OFF) * _share(feed_id), SHORTEST_GAP)


def trust(feed_id: str, *, lies: bool) -> timedelta:
    """How long 304s are taken at their word before the whole document is asked for once."""
    return (DOUBT if lies else TRUST) * _share(feed_id)


def after_rest(due_at: datetime, hours: frozenset[int], days: frozenset[int]) -> datetime:
    """The first moment from ``due_at`` on that lies in no hour (UTC) and on no weekday (0: Monday) of rest.

    A feed that rests always, or for longer than ``LONGEST_REST``, is mistaken about what it asks for.
    """
    moment = due_at
    while moment.hour in hours or moment.weekday() in days:
        moment = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        if moment - due_at > LONGEST_REST:
            return due_at
    return moment


def usual_gap(before: timedelta | None, last_new_at: datetime | None, now: datetime) -> timedelta | None:
    """The usual time between news, near the longest: a feed that sleeps every night is not silent every night."""
    if last_new_at is None:
        return None
    gap = max(now - last_new_at, timedelta(0))
    return gap if before is None else max(gap, before * 0.9 + gap * 0.1)


def _share(feed_id: str) -> float:
    """Between 1 - JITTER and 1, always the same for one feed."""
    return 1 - JITTER * _phase(feed_id)


def _phase(feed_id: str) -> float:
    """From 0 to under 1, evenly, always the same for one feed."""
    return int.from_bytes(hashlib.sha256(feed_id.encode()).digest()[:4], "big") / 2**32
