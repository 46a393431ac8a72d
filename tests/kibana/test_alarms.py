"""What an operator has to look at, and that the same trouble is the same alarm."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.model import OUTCOMES, FeedSource, Problem, RunReport
from pipeline.stages.alarm import Alarm, Waiting, alarms
from pipeline.stages.feed_state import FeedState

NOON = datetime(2024, 10, 21, 12, tzinfo=UTC)
EARLIER = NOON - timedelta(hours=1)
FEED = FeedSource("one", "One", "http://one.example/feed")
FINE = FeedState(FEED.id, FEED.url, last_polled_at=NOON, last_success_at=NOON, last_new_at=NOON)
ROUND = RunReport("run-1", NOON, 1.0, entries={"seen": 2} | dict.fromkeys(OUTCOMES, 0) | {"created": 2})


def told(
    *,
    report: RunReport = ROUND,
    waiting: Waiting | None = None,
    state: FeedState | None = FINE,
    feed: FeedSource = FEED,
    now: datetime = NOON,
) -> tuple[Alarm, ...]:
    states = {} if state is None else {feed.id: state}
    return alarms(report, waiting or Waiting(), (feed,), states, now)


def test_a_round_without_trouble_raises_none() -> None:
    assert told() == ()


def test_a_round_whose_sums_do_not_agree_is_an_alarm() -> None:
    unbalanced = replace(ROUND, entries=ROUND.entries | {"seen": 3})
    assert told(report=unbalanced) == (Alarm("unbalanced_round", "run-1", "3 entries, 2 outcomes", NOON),)


@pytest.mark.parametrize(
    ("waiting", "detail"),
    [
        (Waiting(1, EARLIER), "1 story waits for the index"),
        (Waiting(7, EARLIER, "disk is full"), "7 stories wait for the index: disk is full"),
    ],
)
def test_what_still_waits_for_the_index_after_another_round_is_an_alarm(waiting: Waiting, detail: str) -> None:
    assert told(waiting=waiting) == (Alarm("backlog", "index", detail, EARLIER),)


def test_what_waits_for_the_first_time_is_none() -> None:
    assert told(waiting=Waiting(7, NOON, "busy")) == ()


def test_what_the_index_refuses_is_an_alarm_and_other_problems_are_none() -> None:
    problems = (Problem(None, "u", "refused_by_index", "too long"), Problem("one", "v", "http_status", "503"))
    assert told(report=replace(ROUND, problems=problems)) == (Alarm("refused_by_index", "u", "too long", None),)


@pytest.mark.parametrize(
    ("state", "kind", "detail"),
    [
        (replace(FINE, failures=1, last_problem="timeout: x"), "feed_failing", "timeout: x"),
        (replace(FINE, gone=True, failures=1, last_problem="gone: 410"), "feed_gone", "gone: 410"),
        (replace(FINE, failures=1), "feed_failing", ""),
    ],
)
def test_a_feed_in_trouble_is_an_alarm(state: FeedState, kind: str, detail: str) -> None:
    assert told(state=state) == (Alarm(kind, "one", detail, NOON),)


def test_a_feed_that_has_gone_silent_is_an_alarm() -> None:
    (alarm,) = told(now=NOON + timedelta(days=60))
    assert (alarm.kind, alarm.subject, alarm.since) == ("feed_silent", "one", NOON)


@pytest.mark.parametrize("state", [None, replace(FINE, url="http://other.example/")])
def test_a_feed_that_was_never_asked_is_none(state: FeedState | None) -> None:
    assert told(state=state) == ()


def test_a_feed_that_is_switched_off_is_none() -> None:
    assert told(feed=replace(FEED, enabled=False), state=replace(FINE, failures=3)) == ()


def test_the_same_trouble_is_the_same_alarm_and_new_trouble_another() -> None:
    first = told(state=replace(FINE, failures=1, last_problem="timeout: x"))[0]
    again = told(state=replace(FINE, failures=2, last_problem="dns: y"))[0]
    later = told(state=replace(FINE, failures=1, last_success_at=NOON + timedelta(hours=1)))[0]
    other = told(state=replace(FINE, gone=True, failures=1))[0]
    assert first.id == again.id
    assert len({first.id, later.id, other.id}) == 3
    assert len(first.id) == 32
