"""Sitrep's own rhythm within its bounds."""

from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.rhythm import (
    EPOCH,
    FIRST_GAP,
    JITTER,
    LONGEST_BACK_OFF,
    LONGEST_GAP,
    SHORTEST_GAP,
    ErrorClass,
    back_off,
    own_wait,
    rhythm,
    usual_gap,
)
from tests.support.exchanges import NOON

HOUR = timedelta(hours=1)
LATE = st.timedeltas(timedelta(0), timedelta(minutes=20))


def test_the_first_document_says_nothing_about_overlap() -> None:
    assert rhythm(None, seen=10, known=0) == rhythm(None, seen=10, known=10) == FIRST_GAP


@pytest.mark.parametrize(
    ("seen", "known", "factor"),
    [
        (10, 0, 0.5),
        (1, 0, 0.5),
        (10, 1, 0.75),
        (10, 4, 0.75),
        (10, 5, 1),
        (10, 8, 1),
        (10, 9, 1.25),
        (10, 10, 1.25),
        (0, 0, 1.25),
    ],
)
def test_overlap_moves_the_gap(seen: int, known: int, factor: float) -> None:
    assert rhythm(HOUR, seen, known) == HOUR * factor


def test_a_busy_feed_ends_at_the_shortest_gap_and_a_quiet_one_at_the_longest() -> None:
    busy = quiet = HOUR
    for _ in range(50):
        busy, quiet = rhythm(busy, seen=10, known=0), rhythm(quiet, seen=10, known=10)
    assert (busy, quiet) == (SHORTEST_GAP, LONGEST_GAP)


def test_feeds_added_at_once_drift_apart_but_each_keeps_its_own_wait() -> None:
    waits = {own_wait(f"feed-{number}", HOUR, NOON) for number in range(1000)}
    assert len(waits) > 990
    assert HOUR * (1 - JITTER) <= min(waits) < HOUR * (1 - JITTER * 0.9)
    assert HOUR * (1 - JITTER * 0.1) < max(waits) <= HOUR
    assert own_wait("feed-1", HOUR, NOON) == own_wait("feed-1", HOUR, NOON + HOUR)


def test_feeds_of_the_longest_gap_that_were_asked_at_once_are_asked_evenly_from_then_on() -> None:
    due = [NOON] * 2400
    for _ in range(3):
        due = [moment + own_wait(f"feed-{number}", LONGEST_GAP, moment) for number, moment in enumerate(due)]
    sixths = Counter((moment - EPOCH) % LONGEST_GAP // (LONGEST_GAP / 6) for moment in due)
    assert min(sixths.values()) > 330
    assert max(sixths.values()) < 470


@given(st.text(max_size=5), st.timedeltas(timedelta(0), LONGEST_GAP), st.lists(LATE, min_size=6, max_size=9))
def test_polls_that_come_late_do_not_move_a_feed_off_its_moment(
    feed_id: str, begin: timedelta, late: list[timedelta]
) -> None:
    polled, waits, due = NOON + begin, [], []
    for seconds in late:
        waits.append(own_wait(feed_id, LONGEST_GAP, polled))
        due.append(polled + waits[-1])
        polled = due[-1] + seconds
    assert all(LONGEST_GAP / 2 <= wait <= LONGEST_GAP for wait in waits)
    assert {later - earlier for earlier, later in pairwise(due[3:])} == {LONGEST_GAP}


def test_without_a_gap_the_first_one_counts() -> None:
    assert own_wait("a", None, NOON) == own_wait("a", FIRST_GAP, NOON)


@given(st.text(max_size=5), st.timedeltas(timedelta(0), timedelta(days=400)))
def test_jitter_never_goes_below_the_shortest_gap(feed_id: str, gap: timedelta) -> None:
    assert own_wait(feed_id, gap, NOON) >= SHORTEST_GAP


@pytest.mark.parametrize("error_class", ["temporary", "soft", "permanent"])
def test_back_off_starts_early_and_ends_at_a_week(error_class: ErrorClass) -> None:
    waits = [back_off("a", error_class, failures) for failures in (0, 1, 2, 3, 60, 10**6)]
    assert waits[0] == waits[1] < waits[2] < waits[3] < waits[4] == waits[5]
    assert waits[2] / waits[1] == pytest.approx(2, abs=0.2)
    assert LONGEST_BACK_OFF * (1 - JITTER) <= waits[-1] <= LONGEST_BACK_OFF


def test_the_usual_gap_is_known_from_the_second_news_on() -> None:
    assert usual_gap(None, None, NOON) is None
    assert usual_gap(None, NOON - HOUR, NOON) == HOUR
    assert usual_gap(None, NOON + HOUR, NOON) == timedelta(0)


def test_the_usual_gap_grows_at_once_and_shrinks_slowly() -> None:
    assert usual_gap(HOUR, NOON - 10 * HOUR, NOON) == 10 * HOUR
    assert usual_gap(10 * HOUR, NOON - HOUR, NOON) == 9.1 * HOUR
