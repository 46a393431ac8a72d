"""What only the course of rounds tells."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pipeline.model import OUTCOMES, RunReport
from pipeline.stages.course import MIN_ROUNDS, Course, after, course_alarms
from tests.support.rounds import NOON

HOUR = timedelta(hours=1)


def report(number: int, *, created: int = 0, indexed: int = 0, on_topic: int = 0, waiting: int = 0) -> RunReport:
    entries = {"seen": created} | dict.fromkeys(OUTCOMES, 0) | {"created": created}
    stories = {"indexed": indexed, "waiting": waiting, "on_topic": on_topic}
    return RunReport(f"run-{number}", NOON, 1.0, entries=entries, stories=stories)


def kinds(course: Course, hours: float, pages: int = 0) -> list[str]:
    limits = {"no_story": 24 * HOUR, "no_topic": 48 * HOUR}
    return [alarm.kind for alarm in course_alarms(course, NOON + hours * HOUR, pages, **limits)]


def test_a_new_newsroom_has_time_to_begin() -> None:
    course = after(Course(), report(1), 0, 0, 0, NOON)
    assert kinds(course, 24) == []
    assert kinds(course, 25) == ["no_story"]


def test_stories_end_the_silence() -> None:
    course = after(Course(), report(1), 0, 0, 0, NOON)
    course = after(course, report(2, created=3, indexed=3, on_topic=1), 0, 0, 0, NOON + 25 * HOUR)
    assert kinds(course, 26) == []


def test_nothing_on_topic_is_an_alarm_only_while_feeds_deliver() -> None:
    course = after(Course(), report(1, created=1, indexed=1, on_topic=1), 0, 0, 0, NOON)
    silent = after(course, report(2), 0, 0, 0, NOON + 60 * HOUR)
    assert kinds(silent, 60) == ["no_story"]
    delivering = after(course, report(2, created=1, indexed=1), 0, 0, 0, NOON + 60 * HOUR)
    assert kinds(delivering, 60) == ["no_on_topic"]


@pytest.mark.parametrize(
    ("backlogs", "alarms"),
    [
        ((1, 8, 15, 22), ["backlog_grows"]),
        ((1, 8, 22), []),  # three rounds only
        ((1, 8, 15, 15), []),
        ((0, 1, 2, 3), []),  # a few pages that are tried again
        ((500, 510, 520, 530), []),
        ((5, 1, 8, 15, 22), ["backlog_grows"]),
    ],
)
def test_a_backlog_is_an_alarm_when_it_grows_much_from_round_to_round(
    backlogs: tuple[int, ...], alarms: list[str]
) -> None:
    course = Course(begun_at=NOON, indexed_at=NOON)
    for number, waiting in enumerate(backlogs):
        course = after(course, report(number, waiting=waiting), 0, 0, 0, NOON)
    assert kinds(course, 0) == alarms


def test_entries_to_be_tried_again_are_part_of_the_backlog() -> None:
    course = after(Course(), report(1, waiting=2), 3, 0, 0, NOON)
    assert course.backlogs == (5,)


def test_far_more_pages_without_text_than_usual_are_an_alarm() -> None:
    course = Course(begun_at=NOON, indexed_at=NOON)
    for number in range(MIN_ROUNDS):
        course = after(course, report(number), 0, 20, 2, NOON)
    assert kinds(after(course, report(50), 0, 20, 4, NOON), 0, pages=20) == []
    assert kinds(after(course, report(51), 0, 20, 12, NOON), 0, pages=20) == ["pages_without_text"]


def test_a_round_that_is_reported_twice_counts_once() -> None:
    course = after(Course(), report(1, waiting=1), 0, 0, 0, NOON)
    assert after(course, replace(report(1, waiting=9)), 0, 0, 0, NOON + HOUR) == course
