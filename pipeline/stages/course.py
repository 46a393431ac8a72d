"""How rounds go over time: what a single one cannot tell, such as that nothing has come for long."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from pipeline.model import RunReport
from pipeline.stages.alarm import Alarm

GROWING = 4
"""Rounds in a row, each with more waiting than the one before, that make a growing backlog …"""
MIN_GROWTH = 20
"""… if they add so much and double it: a few pages that are tried again come and go."""
REMEMBERED = 20
"""Rounds with pages by which the usual share of those without text is told."""
MIN_PAGES = 10
MIN_ROUNDS = 5
UNUSUAL = 0.25
"""A share higher than the usual one by so much, and twice as high, is an alarm."""


@dataclass(frozen=True, slots=True)
class Course:
    """Kept from round to round. ``pages``: of each of the last rounds with some, how many and how many without text."""

    run_id: str = ""
    begun_at: datetime | None = None
    indexed_at: datetime | None = None
    created_at: datetime | None = None
    on_topic_at: datetime | None = None
    backlogs: tuple[int, ...] = ()
    pages: tuple[tuple[int, int], ...] = ()


def after(course: Course, report: RunReport, pending: int, pages: int, textless: int, now: datetime) -> Course:
    """The course with a round that has ended at ``now``; the same round reported again changes nothing."""
    if course.run_id == report.run_id:
        return course
    waiting = report.stories["waiting"] + pending
    told = (*course.pages, (pages, textless))[-REMEMBERED - 1 :] if pages >= MIN_PAGES else course.pages
    return replace(
        course,
        run_id=report.run_id,
        begun_at=course.begun_at or now,
        indexed_at=now if report.stories["indexed"] else course.indexed_at,
        created_at=now if report.entries["created"] else course.created_at,
        on_topic_at=now if report.stories["on_topic"] else course.on_topic_at,
        backlogs=(*course.backlogs, waiting)[-GROWING:],
        pages=told,
    )


def course_alarms(
    course: Course, now: datetime, pages: int, *, no_story: timedelta, no_topic: timedelta
) -> Iterator[Alarm]:
    """What the course tells after a round with so many ``pages``. ``no_story``, ``no_topic``: how long is too long."""
    quiet_since = course.indexed_at or course.begun_at
    if quiet_since is not None and now - quiet_since > no_story:
        yield Alarm("no_story", "index", f"no story has reached the index for {_hours(no_story)}", quiet_since)
    off_since = course.on_topic_at or course.begun_at
    delivers = course.created_at is not None and now - course.created_at <= no_topic
    if off_since is not None and delivers and now - off_since > no_topic:
        yield Alarm("no_on_topic", "topics", f"feeds deliver, but nothing on topic for {_hours(no_topic)}", off_since)
    if _grows(course.backlogs):
        yield Alarm(
            "backlog_grows", "ledger", f"{course.backlogs[-1]} wait, {course.backlogs[0]} some rounds ago", None
        )
    if pages >= MIN_PAGES:
        yield from _textless(course)


def _grows(backlogs: tuple[int, ...]) -> bool:
    if len(backlogs) < GROWING:
        return False
    first, last = backlogs[0], backlogs[-1]
    rises = all(one < other for one, other in pairwise(backlogs))
    return rises and last - first >= MIN_GROWTH and last >= 2 * first


def _textless(course: Course) -> Iterator[Alarm]:
    *before, (pages, textless) = course.pages
    if len(before) < MIN_ROUNDS:
        return
    usual = sum(without for _, without in before) / sum(count for count, _ in before)
    share = textless / pages
    if share > usual + UNUSUAL and share > 2 * usual:
        yield Alarm("pages_without_text", "pages", f"{share:.0%} of {pages} pages, {usual:.0%} are usual", None)


def _hours(span: timedelta) -> str:
    return f"{span.total_seconds() / 3600:g} hours"
