"""The state of an entry after a try."""

from datetime import timedelta

import pytest

from pipeline.model import ROUND_OVER, FetchFailure
from pipeline.stages.verdict import NO_TEXT, Verdict, verdict
from tests.support.exchanges import NOON

TIMEOUT = FetchFailure("https://example.org/a", "timeout", "not answered", temporary=True)
REFUSED = FetchFailure("https://example.org/a", "http_status", "403", temporary=False, status=403)
OVER = FetchFailure("https://example.org/a", ROUND_OVER, "the round is over", temporary=True)


def decide(
    failure: FetchFailure | None, *, has_text: bool, attempts: int = 0, retry_after: timedelta | None = None
) -> Verdict:
    return verdict(failure, has_text=has_text, attempts=attempts, now=NOON, retry_after=retry_after)


def test_a_page_with_a_text_is_stored_and_its_attempts_are_forgotten() -> None:
    assert decide(None, has_text=True, attempts=3) == Verdict("stored", None, None, 0)


def test_neither_page_nor_feed_with_a_text_is_failed() -> None:
    assert decide(None, has_text=False, attempts=2) == Verdict("failed", NO_TEXT, None, 2)


def test_a_round_that_is_over_costs_no_attempt() -> None:
    assert decide(OVER, has_text=True, attempts=5) == Verdict("pending", "the round is over", NOON, 5)


@pytest.mark.parametrize("has_text", [True, False])
def test_temporary_trouble_leaves_the_entry_pending(has_text: bool) -> None:
    decided = decide(TIMEOUT, has_text=has_text, attempts=1)
    assert (decided.state, decided.attempts, decided.reason) == ("pending", 2, "timeout: not answered")
    assert decided.retry_at == NOON + timedelta(hours=1)


def test_retry_after_is_kept() -> None:
    decided = decide(TIMEOUT, has_text=True, retry_after=timedelta(hours=9))
    assert decided.retry_at == NOON + timedelta(hours=9)


def test_after_the_last_try_the_feeds_own_text_stands_for_the_page() -> None:
    decided = decide(TIMEOUT, has_text=True, attempts=5)
    assert (decided.state, decided.retry_at, decided.attempts) == ("stored", None, 0)
    assert decided.reason is not None
    assert "given up after 6 tries" in decided.reason
    assert "timeout: not answered" in decided.reason


def test_after_the_last_try_an_entry_without_any_text_is_failed() -> None:
    decided = decide(TIMEOUT, has_text=False, attempts=5)
    assert (decided.state, decided.retry_at, decided.attempts) == ("failed", None, 6)
    assert decided.reason is not None
    assert "given up after 6 tries" in decided.reason


def test_the_sixth_try_is_still_to_come_after_five() -> None:
    assert decide(TIMEOUT, has_text=False, attempts=4).state == "pending"


def test_a_refused_page_is_stored_with_the_feeds_text_and_the_reason() -> None:
    expected = Verdict("stored", "the feed's own text, since http_status: 403", None, 0)
    assert decide(REFUSED, has_text=True, attempts=2) == expected


def test_a_refused_page_without_any_text_is_failed() -> None:
    decided = decide(REFUSED, has_text=False)
    assert (decided.state, decided.reason) == ("failed", f"{NO_TEXT} (http_status: 403)")
