"""One word for what a feed's address says."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pipeline.model import Entry, Exchange, FetchFailure, ParsedFeed
from pipeline.stages.feed_verdict import SILENT, feed_verdict
from pipeline.stages.judge_feed import judge_feed
from tests.support.exchanges import FEED_URL, NOON, exchange

FRESH = Entry("1", "https://example.org/1", "One", published_at=NOON - timedelta(hours=1))
NEW = "https://example.org/new"


def feed(*entries: Entry) -> ParsedFeed:
    return ParsedFeed("rss20", "Example", entries)


def word(answer: Exchange | FetchFailure, parsed: ParsedFeed | None = None) -> str:
    return feed_verdict(judge_feed(answer, conditional=False), parsed, NOON).word


def test_a_feed_with_fresh_entries_is_fine() -> None:
    verdict = feed_verdict(exchange(), feed(FRESH), NOON)
    assert (verdict.word, verdict.entries, verdict.newest_at) == ("fine", 1, FRESH.published_at)


@pytest.mark.parametrize(("age", "expected"), [(SILENT, "fine"), (SILENT + timedelta(days=1), "silent")])
def test_a_feed_is_silent_when_its_newest_entry_is_four_weeks_old(age: timedelta, expected: str) -> None:
    assert word(exchange(), feed(replace(FRESH, published_at=NOON - age))) == expected


def test_an_update_counts_as_life_and_a_date_far_ahead_does_not() -> None:
    old = replace(FRESH, published_at=NOON - 2 * SILENT)
    assert word(exchange(), feed(replace(old, updated_at=NOON))) == "fine"
    assert word(exchange(), feed(replace(old, updated_at=NOON + timedelta(days=400)))) == "silent"


def test_a_feed_without_dates_is_believed_and_one_without_entries_is_silent() -> None:
    assert word(exchange(), feed(replace(FRESH, published_at=None))) == "fine"
    assert word(exchange(), feed()) == "silent"


@pytest.mark.parametrize(
    ("redirects", "moved_to"),
    [
        (((301, NEW),), NEW),
        (((308, "https://example.org/a"), (301, NEW)), NEW),
        (((301, "https://example.org/a"), (302, NEW)), "https://example.org/a"),
        (((302, "https://example.org/a"), (301, NEW)), None),
        (((307, NEW),), None),
    ],
)
def test_only_permanent_redirects_move_a_feed(redirects: tuple[tuple[int, str], ...], moved_to: str | None) -> None:
    verdict = feed_verdict(replace(exchange(), url=NEW, redirects=redirects), feed(FRESH), NOON)
    assert (verdict.word, verdict.moved_to) == ("moved" if moved_to else "fine", moved_to)


def test_a_silent_feed_that_has_moved_says_both() -> None:
    verdict = feed_verdict(replace(exchange(), redirects=((301, NEW),)), feed(), NOON)
    assert (verdict.word, verdict.moved_to) == ("silent", NEW)


def test_what_is_no_feed_says_why() -> None:
    page = feed_verdict(exchange(), ParsedFeed("", "", error="html: a web page"), NOON)
    assert (page.word, page.detail) == ("not_a_feed", "html: a web page")
    assert word(exchange(), None) == "not_a_feed"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        *((status, "blocked") for status in (202, 401, 403, 429, 451)),
        *((status, "dead") for status in (404, 410)),
        *((status, "failing") for status in (400, 500, 503)),
    ],
)
def test_statuses_tell_the_blocked_from_the_dead_and_the_troubled(status: int, expected: str) -> None:
    assert word(exchange(status, b"")) == expected


def test_a_wall_against_robots_is_told_from_a_server_in_trouble() -> None:
    assert word(exchange(503, b"", cf_mitigated="challenge")) == "blocked"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        *((kind, "dead") for kind in ("dns", "connect", "redirect_loop")),
        ("address_refused", "blocked"),
        *((kind, "failing") for kind in ("timeout", "tls", "broken_answer", "too_large")),
    ],
)
def test_trouble_before_an_answer_has_its_word(kind: str, expected: str) -> None:
    failure = FetchFailure(FEED_URL, kind, "why", temporary=True)
    assert word(failure) == expected
    assert feed_verdict(failure, None, NOON).detail == f"{kind}: why"


def test_an_empty_body_is_trouble() -> None:
    assert word(exchange(200, b" ")) == "failing"
