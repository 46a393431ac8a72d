"""When in its round each feed is asked, so that one minute has as many requests as another.

A round looks ahead: it takes the feeds that fall due while its polls go on, too, and asks none before its due moment.
So spreading the polls makes most of them come sooner, not later.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, islice
from urllib.parse import urlsplit

from pipeline.model import FeedSource
from pipeline.stages.feed_state import FeedState, held_for

LONGEST_STEP = 1.0
"""Seconds from poll to poll of what is late: a few feeds need not take up a whole round."""


@dataclass(frozen=True, slots=True)
class TimedPoll:
    """A feed, and how many seconds after the beginning of its round it is asked."""

    feed: FeedSource
    wait: float


def timed_polls(
    due: Sequence[FeedSource], states: Mapping[str, FeedState], now: datetime, spread: float, gap: float
) -> tuple[TimedPoll, ...]:
    """The moments of the feeds ``due``, given in the order of their due moments, in ``spread`` seconds; 0: all at once.

    No host is given more turns than one in ``gap`` seconds. What has no room in the spread is left out: it is late in
    the next round, and so comes first there.
    """
    if not spread:
        return tuple(TimedPoll(feed, 0.0) for feed in due)
    soonest = _host_by_host(due, states, now, gap)
    inside = sorted((poll for poll in soonest if poll.wait <= spread), key=lambda poll: poll.wait)
    waits = even_waits([poll.wait for poll in inside], spread)
    return tuple(TimedPoll(poll.feed, wait) for poll, wait in zip(inside, waits, strict=False))


def _host_by_host(
    due: Sequence[FeedSource], states: Mapping[str, FeedState], now: datetime, gap: float
) -> Iterator[TimedPoll]:
    """When each feed could be asked. Feeds that wait for their host's turn must not take up the time of others."""
    next_turn: dict[str | None, float] = {}
    for feed in due:
        due_at, host = held_for(feed, states.get(feed.id)).next_due_at or now, urlsplit(feed.url).hostname
        wait = max((due_at - now).total_seconds(), next_turn.get(host, 0.0))
        next_turn[host] = wait + gap
        yield TimedPoll(feed, wait)


def even_waits(soonest: Sequence[float], spread: float) -> tuple[float, ...]:
    """How long each poll waits: until its ``soonest``, and a step behind the poll before; none longer than ``spread``.

    ``soonest`` are seconds, never falling. With such a step all of them would just fit in, so it bounds how many are
    asked in a minute. Those at the end that do not fit in have no wait.
    """
    step = min(spread / max(len(soonest), 1), LONGEST_STEP)
    waits = accumulate(soonest, lambda before, at: max(before + step, at), initial=-step)
    return tuple(wait for wait in islice(waits, 1, None) if wait <= spread)
