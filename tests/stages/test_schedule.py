"""When a feed is asked again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pipeline.model import HOST_RESTS, FetchFailure, ParsedFeed
from pipeline.stages.feed_state import FeedState, address_of, known_sources, validators
from pipeline.stages.schedule import after_document, after_failure, due_feeds
from tests.support.exchanges import FEED_URL, NOON, exchange
from tests.support.feed_states import (
    DAY,
    FEED,
    GONE,
    HOUR,
    NOT_FOUND,
    ODD_DATE,
    ODD_ETAG,
    document,
    failed,
    failure,
    not_modified,
    wait,
)

# due


def test_a_feed_never_asked_is_due() -> None:
    assert due_feeds([FEED], {}, NOON) == (FEED,)


@pytest.mark.parametrize(("after_due", "is_due"), [(-1, False), (0, True), (1, True)])
def test_a_feed_is_due_when_its_time_has_come(after_due: int, is_due: bool) -> None:
    state = FeedState("example", FEED_URL, next_due_at=NOON)
    assert bool(due_feeds([FEED], {"example": state}, NOON + timedelta(seconds=after_due))) is is_due


def test_a_disabled_feed_is_never_due() -> None:
    assert due_feeds([replace(FEED, enabled=False)], {}, NOON) == ()


def test_a_feed_with_another_address_is_due_at_once() -> None:
    state = FeedState("example", "https://example.org/old", next_due_at=NOON + DAY)
    assert due_feeds([FEED], {"example": state}, NOON) == (FEED,)


def test_the_longest_overdue_comes_first_and_new_feeds_before_all() -> None:
    feeds = [replace(FEED, id=name) for name in ("late", "later", "new")]
    states = {
        "late": FeedState("late", FEED_URL, next_due_at=NOON - HOUR),
        "later": FeedState("later", FEED_URL, next_due_at=NOON - DAY),
    }
    assert [feed.id for feed in due_feeds(feeds, states, NOON)] == ["new", "later", "late"]


def test_of_feeds_due_at_one_time_the_one_asked_last_comes_last() -> None:
    """Else a feed that is refused each time would keep the others of its host from ever being asked."""
    feeds = [replace(FEED, id=name) for name in ("refused", "quiet", "never")]
    states = {
        name: FeedState(name, FEED_URL, next_due_at=NOON, last_polled_at=polled)
        for name, polled in (("refused", NOON - HOUR), ("quiet", NOON - DAY), ("never", None))
    }
    assert [feed.id for feed in due_feeds(feeds, states, NOON)] == ["never", "quiet", "refused"]


# after a document or a 304


def test_a_document_notes_what_was_read() -> None:
    state = document(ttl=HOUR)
    assert (state.feed_id, state.url, state.body_digest, state.ttl) == ("example", FEED_URL, "d1", HOUR)
    assert (state.last_polled_at, state.last_success_at, state.last_new_at) == (NOON, NOON, NOON)


def test_a_document_without_news_does_not_move_the_time_of_the_last_news() -> None:
    state = document(document(), now=NOON + HOUR, seen=10, known=10)
    assert (state.last_success_at, state.last_new_at) == (NOON + HOUR, NOON)


@pytest.mark.parametrize("seen", [0, 1, 40])
def test_the_first_document_is_followed_by_a_poll_within_the_half_hour(seen: int) -> None:
    assert timedelta(minutes=10) <= wait(document(seen=seen, known=0)) <= timedelta(minutes=30)


def test_the_operators_interval_is_a_floor() -> None:
    feed = replace(FEED, interval=3 * HOUR)
    assert wait(document(feed=feed)) == 3 * HOUR
    assert wait(not_modified(None, feed=feed)) == 3 * HOUR
    assert wait(after_failure(feed, None, now=NOON, failure=failure())) == 3 * HOUR


def test_an_interval_beyond_every_ceiling_holds_as_well() -> None:
    feed = replace(FEED, interval=40 * DAY)
    assert wait(document(feed=feed)) == 40 * DAY
    assert wait(after_failure(feed, None, now=NOON, failure=GONE)) == 40 * DAY


@pytest.mark.parametrize(
    ("stated", "waited"),
    [
        ({"cache_control": "max-age=7200"}, 2 * HOUR),
        ({"cache_control": 'public, MAX-AGE="7200"'}, 2 * HOUR),
        ({"cache_control": "max-age=7200", "age": "3600"}, HOUR),
        ({"cache_control": "max-age=31536000"}, DAY),
        ({"cache_control": "max-age=" + "9" * 5000}, DAY),
        ({"expires": "Mon, 21 Oct 2024 15:00:00 GMT"}, 3 * HOUR),
        ({"expires": "Mon, 21 Oct 2024 15:00:00 GMT", "date": "Mon, 21 Oct 2024 13:00:00 GMT"}, 2 * HOUR),
        ({"expires": "Mon, 21 Oct 2024 15:00:00 GMT", "cache_control": "max-age=7200"}, 2 * HOUR),
    ],
)
def test_the_freshness_that_the_server_states_is_kept(stated: dict[str, str], waited: timedelta) -> None:
    assert wait(document(answer=exchange(**stated))) == waited
    assert wait(not_modified(document(), **stated)) == waited


@pytest.mark.parametrize(
    "stated",
    [
        {"cache_control": "no-cache"},
        {"cache_control": "s-maxage=7200"},
        {"cache_control": "stale-max-age=7200"},
        {"cache_control": "max-age=-5"},
        {"cache_control": "max-age=0", "expires": "Mon, 21 Oct 2024 15:00:00 GMT"},
        {"cache_control": "max-age=60", "age": "3600"},
        {"expires": "0"},
        {"expires": "Mon, 21 Oct 2024 09:00:00 GMT"},
        {"expires": "Mon, 99 Oct 99999 99:00:00 GMT"},
    ],
)
def test_an_answer_that_is_stale_at_once_leaves_the_own_rhythm(stated: dict[str, str]) -> None:
    assert wait(document(answer=exchange(**stated))) == wait(document(answer=exchange()))


def test_a_304_without_freshness_keeps_the_stated_one_and_a_document_without_it_does_not() -> None:
    before = document(answer=exchange(cache_control="max-age=7200"))
    assert wait(not_modified(before)) == 2 * HOUR
    assert wait(document(before, answer=exchange())) < HOUR


def test_the_ttl_of_the_feed_is_kept_until_another_document_says_otherwise() -> None:
    before = document(ttl=5 * HOUR)
    assert wait(before) == 5 * HOUR
    assert wait(not_modified(before)) == 5 * HOUR
    assert wait(document(before, ttl=None)) < HOUR
    assert wait(document(ttl=9 * DAY)) == DAY


def test_the_latest_of_all_wishes_counts() -> None:
    answer = exchange(cache_control="max-age=7200")
    assert wait(document(answer=answer, ttl=3 * HOUR)) == 3 * HOUR
    assert wait(document(answer=answer, ttl=HOUR)) == 2 * HOUR
    assert wait(document(answer=answer, ttl=HOUR, feed=replace(FEED, interval=4 * HOUR))) == 4 * HOUR


def test_overlap_decides_about_the_rhythm() -> None:
    before = replace(document(), gap=HOUR)
    missed, many_new, some_new, few_new, none_new, empty = (
        wait(document(before, seen=seen, known=known))
        for seen, known in ((10, 0), (10, 4), (10, 7), (10, 9), (10, 10), (0, 0))
    )
    assert missed < many_new < some_new < few_new == none_new == empty == wait(not_modified(before))


# moves, doubts, rest


def test_a_moved_feed_is_asked_at_its_new_address_until_that_fails_for_good() -> None:
    new = "https://example.org/new"
    answer = replace(exchange(url=new, requested_url=FEED_URL), redirects=((301, new),))
    state = document(answer=answer)
    assert address_of(FEED, state) == FEED_URL
    state = document(state, answer=answer, now=NOON + timedelta(days=3))
    assert address_of(FEED, state) == new
    assert address_of(FEED, failed(state, failure(503))) == new
    assert address_of(FEED, failed(state, NOT_FOUND)) == FEED_URL
    assert address_of(replace(FEED, url="https://example.org/listed-anew"), state) == "https://example.org/listed-anew"


def test_a_document_that_cannot_be_read_moves_no_feed() -> None:
    new = "https://example.org/new"
    answer = replace(exchange(url=new, requested_url=FEED_URL), redirects=((301, new),))
    state = document(answer=answer)
    page = FetchFailure(FEED_URL, "html", "a page", True, exchange=answer)
    state = failed(state, page, NOON + timedelta(days=4))
    assert address_of(FEED, document(state, answer=answer, now=NOON + timedelta(days=5))) == FEED_URL


def test_after_a_week_of_304s_the_whole_document_is_asked_for_once() -> None:
    state = document()
    for days in range(1, 6):
        state = not_modified(state, now=NOON + timedelta(days=days))
        assert validators(state, FEED_URL)
    state = not_modified(state, now=NOON + timedelta(days=7))
    assert not validators(state, FEED_URL)
    state = document(state, now=NOON + timedelta(days=7.1))
    assert validators(not_modified(state, now=NOON + timedelta(days=8)), FEED_URL)


def test_validators_that_have_lied_are_doubted_daily() -> None:
    state = document()
    answer = exchange(etag=ODD_ETAG, last_modified=ODD_DATE)
    parsed = ParsedFeed("rss20", "News")
    state = after_document(FEED, state, now=NOON, answer=answer, digest="d2", parsed=parsed, known=0)
    assert state.lies
    assert not validators(not_modified(state, now=NOON + timedelta(days=1)), FEED_URL)


def test_other_bytes_under_another_etag_are_no_lie() -> None:
    state = after_document(
        FEED, document(), now=NOON, answer=exchange(etag="new"), digest="d2", parsed=ParsedFeed("rss20", ""), known=0
    )
    assert not state.lies


def test_the_hours_and_days_of_rest_that_a_feed_states_are_kept() -> None:
    parsed = ParsedFeed("rss20", "News", skip_hours=(12, 13), skip_days=(0,))  # noon is on a Monday
    state = after_document(FEED, None, now=NOON, answer=exchange(), digest="d", parsed=parsed, known=0)
    assert state.next_due_at == NOON.replace(hour=0) + timedelta(days=1)
    assert not_modified(state).next_due_at == state.next_due_at


def test_a_round_that_comes_late_leaves_a_resting_feed_to_the_next_one() -> None:
    parsed = ParsedFeed("rss20", "News", skip_hours=(14,))
    state = after_document(FEED, None, now=NOON, answer=exchange(), digest="d", parsed=parsed, known=0)
    states = {FEED.id: state}
    assert due_feeds([FEED], states, NOON + timedelta(hours=1, minutes=59)) == (FEED,)
    assert due_feeds([FEED], states, NOON + timedelta(hours=2, minutes=30)) == ()
    assert due_feeds([FEED], states, NOON + timedelta(hours=3)) == (FEED,)


def test_a_feed_that_rests_always_does_not_mean_it() -> None:
    parsed = ParsedFeed("rss20", "News", skip_hours=tuple(range(24)))
    state = after_document(FEED, None, now=NOON, answer=exchange(), digest="d", parsed=parsed, known=0)
    assert wait(state) < timedelta(hours=1)


def test_a_feed_whose_host_rests_waits_without_having_failed() -> None:
    until = NOON + timedelta(hours=3)
    state = document()
    after = failed(state, FetchFailure(FEED_URL, HOST_RESTS, "busy", True, retry_at=until))
    assert after == replace(state, next_due_at=until)


def test_the_first_feed_of_the_list_owns_its_source() -> None:
    other = replace(FEED, id="other", url="https://example.org/other")
    states = {"example": document(), "other": replace(document(), feed_id="other", url=other.url)}
    assert known_sources([FEED, other], states) == {FEED_URL: "example"}
    assert known_sources([other, FEED], states) == {FEED_URL: "other"}
    assert known_sources([replace(FEED, enabled=False), other], states) == {FEED_URL: "other"}
