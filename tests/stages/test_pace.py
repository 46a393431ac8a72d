"""When in its round each feed is asked."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pipeline.model import FeedSource
from pipeline.stages.feed_state import FeedState
from pipeline.stages.pace import LONGEST_STEP, even_waits, timed_polls
from pipeline.stages.schedule import due_feeds
from tests.support.exchanges import NOON
from tests.support.feed_states import HOUR

SPREAD, GAP = 450.0, 5.0
MOMENTS = st.lists(st.floats(-86400, SPREAD), max_size=200).map(sorted)


def feeds(count: int, hosts: int | None = None) -> list[FeedSource]:
    names = [f"site-{number % (hosts or count)}.example" for number in range(count)]
    return [FeedSource(f"feed-{number}", name, f"https://{name}/{number}") for number, name in enumerate(names)]


def due_in(seconds: dict[FeedSource, float]) -> dict[str, FeedState]:
    return {
        feed.id: FeedState(feed.id, feed.url, next_due_at=NOON + timedelta(seconds=wait))
        for feed, wait in seconds.items()
    }


def planned(
    listed: list[FeedSource], states: dict[str, FeedState], spread: float = SPREAD, gap: float = GAP
) -> dict[str, float]:
    due = due_feeds(listed, states, NOON, timedelta(seconds=spread))
    return {poll.feed.id: poll.wait for poll in timed_polls(due, states, NOON, spread, gap)}


def test_without_a_spread_all_that_is_due_is_asked_at_once_in_its_order() -> None:
    listed = feeds(3, hosts=1)
    states = due_in(dict(zip(listed, (-60, -7200, 60), strict=True)))
    assert list(planned(listed, states, spread=0).items()) == [("feed-1", 0), ("feed-0", 0)]


def test_the_burst_of_new_feeds_fills_the_spread_evenly() -> None:
    waits = list(planned(feeds(9000), {}).values())
    assert len(waits) == 9000
    minutes = Counter(int(wait // 60) for wait in waits)
    assert [round(minutes[minute], -1) for minute in range(8)] == [1200] * 7 + [600]


def test_a_few_late_feeds_do_not_take_up_the_whole_round() -> None:
    assert list(planned(feeds(3), {}).values()) == [0, LONGEST_STEP, 2 * LONGEST_STEP]


def test_a_feed_that_falls_due_in_the_round_is_asked_at_its_own_moment() -> None:
    listed = feeds(3)
    states = due_in(dict(zip(listed, (100, 449, 451), strict=True)))
    assert planned(listed, states) == {"feed-0": 100, "feed-1": 449}


def test_late_feeds_come_first_and_nobody_is_asked_before_its_moment() -> None:
    listed = feeds(1200)
    seconds = {feed: float(number - 300) / 2 for number, feed in enumerate(listed)}  # a quarter of them is late
    waits = planned(listed, due_in(seconds))
    assert list(waits) == [feed.id for feed in listed]
    assert all(waits[feed.id] >= seconds[feed] for feed in listed)
    assert max(Counter(int(wait // 60) for wait in waits.values()).values()) <= 161


def test_feeds_that_wait_for_their_host_take_up_no_time_of_others() -> None:
    crowd, others = feeds(1000, hosts=1), [replace(feed, id=f"other-{feed.id}") for feed in feeds(300)[1:]]
    states = due_in(dict.fromkeys(crowd, -86400.0) | dict.fromkeys(others, -60.0))
    waits = planned(crowd + others, states)
    other = [wait for name, wait in waits.items() if name.startswith("other")]
    assert len(other) == len(others)
    assert max(other) <= len(others) * LONGEST_STEP
    assert len(waits) - len(other) == SPREAD / GAP + 1


def test_what_has_no_room_is_left_and_comes_first_in_the_next_round() -> None:
    listed = feeds(1000)
    states = due_in(dict.fromkeys(listed, 400.0))
    asked = planned(listed, states)
    assert 0 < len(asked) < 1000
    later = NOON + timedelta(minutes=10)
    rest = [feed for feed in listed if feed.id not in asked]
    fresh = [replace(feed, id=f"fresh-{feed.id}") for feed in feeds(5)]
    due = due_feeds(fresh + rest, states | due_in(dict.fromkeys(fresh, 590.0)), later)
    assert due[: len(rest)] == tuple(rest)
    assert timed_polls(due, states, later, SPREAD, GAP)[0].wait == 0


def test_a_feed_that_falls_due_into_its_rest_is_left() -> None:
    (feed,) = feeds(1)
    states = due_in({feed: 60.0})
    resting = {feed.id: replace(states[feed.id], skip_hours=(12,))}
    assert planned([feed], states) == {feed.id: 60}
    assert planned([feed], resting) == {}
    assert due_feeds([feed], resting, NOON + HOUR) == (feed,)


@given(MOMENTS)
def test_waits_are_in_order_never_before_their_moment_and_a_step_apart(moments: list[float]) -> None:
    waits = even_waits(moments, SPREAD)
    step = min(SPREAD / max(len(moments), 1), LONGEST_STEP)
    assert all(0 <= wait <= SPREAD and wait >= soonest for wait, soonest in zip(waits, moments, strict=False))
    assert all(after - before >= step * 0.999 for before, after in pairwise(waits))


@given(MOMENTS)
def test_what_was_late_at_the_start_is_never_left(moments: list[float]) -> None:
    late = sum(moment <= 0 for moment in moments)
    assert len(even_waits(moments, SPREAD)) >= late
