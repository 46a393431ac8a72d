"""When a feed that has failed is asked again."""

from datetime import timedelta
from itertools import pairwise

import pytest

from pipeline.model import ROUND_OVER, FetchFailure
from pipeline.stages.feed_state import feed_status, validators
from pipeline.stages.schedule import due_feeds
from tests.support.exchanges import FEED_URL, NOON
from tests.support.feed_states import (
    DAY,
    FEED,
    FORBIDDEN,
    GONE,
    HOUR,
    NOT_FOUND,
    REFUSED_ADDRESS,
    UNREADABLE,
    document,
    failed,
    failure,
    not_modified,
    wait,
)


def test_a_failure_counts_and_says_what_went_wrong() -> None:
    state = failed(failed(document()))
    assert (state.failures, state.last_problem) == (2, "http_status: 503")
    assert state.last_success_at == NOON


def test_an_answer_ends_the_failures() -> None:
    for state in (document(failed()), not_modified(failed(document()))):
        assert (state.failures, state.last_problem, state.gone) == (0, None, False)


def test_each_failure_doubles_the_wait_up_to_a_week() -> None:
    state, waits = None, []
    for _ in range(40):
        state = failed(state)
        waits.append(wait(state))
    assert waits[0] < timedelta(minutes=15)
    assert all(later / earlier == pytest.approx(2, abs=0.2) for earlier, later in pairwise(waits[:10]))
    assert waits[-1] == waits[-2]
    assert 6 * DAY < waits[-1] <= 7 * DAY


def test_temporary_trouble_is_looked_at_sooner_than_a_soft_one_and_that_sooner_than_a_refusal() -> None:
    temporary, soft, permanent = (wait(failed(None, what)) for what in (failure(503), NOT_FOUND, FORBIDDEN))
    assert temporary < soft < permanent


@pytest.mark.parametrize("what", [UNREADABLE, REFUSED_ADDRESS, failure(200, kind="empty_feed")])
def test_an_unreadable_document_and_a_refusal_of_our_own_are_soft(what: FetchFailure) -> None:
    assert wait(failed(None, what)) == wait(failed(None, NOT_FOUND))


def test_a_round_that_is_over_is_no_failure() -> None:
    over = FetchFailure(FEED_URL, ROUND_OVER, "over", temporary=True)
    assert failed(document(), over) == document()
    assert due_feeds([FEED], {"example": failed(None, over)}, NOON) == (FEED,)


def test_gone_is_looked_at_monthly_whatever_fails_then_and_ends_with_an_answer() -> None:
    gone = failed(document(), GONE)
    assert gone.gone
    assert wait(gone) == 30 * DAY
    still = failed(gone, failure(503))
    assert still.gone
    assert wait(still) == 30 * DAY
    assert not document(still).gone
    assert not not_modified(still).gone


def test_retry_after_outlasts_the_back_off_and_never_shortens_it() -> None:
    assert wait(failed(None, failure(503, retry_after="86400"))) == DAY
    assert wait(failed(None, failure(429, retry_after=str(20 * 86400)))) == 20 * DAY
    assert wait(failed(None, failure(503, retry_after="1"))) == wait(failed())


def test_a_304_does_not_end_the_trouble_with_a_document_that_could_not_be_read() -> None:
    broken = failed(document(), UNREADABLE)
    assert broken.unreadable
    state = not_modified(broken, now=NOON + HOUR)
    assert (state.failures, state.last_problem, state.unreadable) == (1, "html_page: no feed", True)
    assert wait(state, NOON + HOUR) >= wait(broken)
    assert feed_status(FEED, state, NOON) == "failing"


def test_the_whole_document_is_asked_for_after_a_304_that_hides_an_unreadable_one() -> None:
    state = not_modified(failed(document(), UNREADABLE))
    assert validators(state, FEED_URL) == {}
    assert validators(failed(state), FEED_URL) == {}
    assert validators(document(state), FEED_URL) != {}


def test_the_bytes_read_before_end_the_trouble_with_an_unreadable_document() -> None:
    state = not_modified(failed(document(), UNREADABLE), status=200)
    assert (state.failures, state.unreadable, state.last_problem) == (0, False, None)


def test_trouble_in_between_does_not_hide_that_the_document_is_unreadable() -> None:
    assert failed(failed(document(), UNREADABLE), failure(503)).unreadable
    assert not failed(document(), failure(503)).unreadable
