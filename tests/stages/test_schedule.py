"""When a feed is asked again, with which validators, and how it is called meanwhile."""

from dataclasses import fields, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from pydantic import TypeAdapter

from pipeline.model import HOST_RESTS, ROUND_OVER, Entry, Exchange, FeedSource, FetchFailure, ParsedFeed
from pipeline.stages.schedule import (
    FeedState,
    address_of,
    after_document,
    after_failure,
    after_not_modified,
    due_feeds,
    feed_status,
    known_sources,
    page_retry_at,
    retry_after,
    validators,
)
from tests.support.exchanges import FEED_URL, NOON, exchange

FEED = FeedSource("example", "Example", FEED_URL)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ODD_ETAG = 'W/"a, b\\c"; "x'
ODD_DATE = "Mon, 21 Okt 2024 9:00 CEST"


def document(
    state: FeedState | None = None,
    *,
    feed: FeedSource = FEED,
    now: datetime = NOON,
    answer: Exchange | None = None,
    seen: int = 10,
    known: int = 8,
    ttl: timedelta | None = None,
) -> FeedState:
    answer = answer or exchange(etag=ODD_ETAG, last_modified=ODD_DATE)
    parsed = ParsedFeed("rss20", "News", (Entry(None, None, "A title"),) * seen, ttl)
    return after_document(feed, state, now=now, answer=answer, digest="d1", parsed=parsed, known=known)


def not_modified(
    state: FeedState | None, *, feed: FeedSource = FEED, now: datetime = NOON, status: int = 304, **headers: str
) -> FeedState:
    return after_not_modified(feed, state, now=now, answer=exchange(status, b"", **headers))


def failure(status: int | None = 503, *, kind: str = "http_status", temporary: bool = True, **headers: str) -> Any:
    answer = exchange(status, **headers) if status is not None else None
    return FetchFailure(FEED_URL, kind, str(status), temporary, status, answer)


def failed(state: FeedState | None = None, what: FetchFailure | None = None, now: datetime = NOON) -> FeedState:
    return after_failure(FEED, state, now=now, failure=what or failure())


def wait(state: FeedState, now: datetime = NOON) -> timedelta:
    assert state.next_due_at is not None
    return state.next_due_at - now


UNREADABLE = FetchFailure(FEED_URL, "html_page", "no feed", temporary=True, exchange=exchange(200, b"<html>"))
GONE = failure(410, kind="gone", temporary=False)
NOT_FOUND = failure(404, temporary=False)
FORBIDDEN = failure(403, temporary=False)
REFUSED_ADDRESS = failure(None, kind="address_refused", temporary=False)


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


# validators


def test_validators_go_back_byte_for_byte_and_both_together() -> None:
    assert validators(document(), FEED_URL) == {"If-None-Match": ODD_ETAG, "If-Modified-Since": ODD_DATE}


def test_nothing_known_means_no_validators() -> None:
    assert validators(None, FEED_URL) == {}
    assert validators(FeedState("example", FEED_URL), FEED_URL) == {}


@pytest.mark.parametrize("stated", [{"etag": '"x"'}, {"last_modified": ODD_DATE}])
def test_one_validator_alone_goes_back_alone(stated: dict[str, str]) -> None:
    assert list(validators(document(answer=exchange(**stated)), FEED_URL).values()) == list(stated.values())


def test_validators_go_only_to_the_address_that_gave_them() -> None:
    moved = document(answer=exchange(url="https://cdn.example.org/f", requested_url=FEED_URL, etag='"x"'))
    assert validators(moved, FEED_URL) == {}
    assert validators(moved, "https://cdn.example.org/f") == {"If-None-Match": '"x"'}


def test_a_feed_with_another_address_loses_validators_digest_and_failures() -> None:
    old = replace(document(), failures=3, ttl=DAY, gap=HOUR)
    other = replace(FEED, url="https://example.org/new")
    for state in (
        not_modified(old, feed=other),
        after_failure(other, old, now=NOON, failure=failure()),
    ):
        assert (state.url, state.etag, state.last_modified, state.validators_url) == (other.url, None, None, None)
        assert (state.body_digest, state.ttl) == (None, None)
        assert state.failures <= 1
        assert state.last_new_at == old.last_new_at


def test_a_document_replaces_the_validators_even_by_none() -> None:
    state = document(document(), answer=exchange())
    assert (state.etag, state.last_modified) == (None, None)
    assert validators(state, FEED_URL) == {}


def test_a_304_keeps_the_validators() -> None:
    assert validators(not_modified(document()), FEED_URL) == validators(document(), FEED_URL)
    assert not_modified(document()).body_digest == "d1"


def test_a_304_takes_the_new_validators_that_it_carries() -> None:
    state = not_modified(document(), etag='"new"')
    assert validators(state, FEED_URL) == {"If-None-Match": '"new"', "If-Modified-Since": ODD_DATE}


def test_validators_are_saved_also_when_the_bytes_are_the_same() -> None:
    state = not_modified(document(), status=200, etag='"new"')
    assert validators(state, FEED_URL) == {"If-None-Match": '"new"'}
    assert state.body_digest == "d1"


@pytest.mark.parametrize("what", [failure(503, etag='"bad"'), UNREADABLE, NOT_FOUND, GONE])
def test_a_failure_keeps_the_validators_of_the_last_document_read(what: FetchFailure) -> None:
    state = failed(document(), what)
    assert validators(state, FEED_URL) == validators(document(), FEED_URL)
    assert state.body_digest == "d1"


def test_a_validator_that_cannot_be_sent_back_as_it_came_is_not_kept() -> None:
    state = document(answer=exchange(etag='"caf\udce9"', last_modified=ODD_DATE))
    assert validators(state, FEED_URL) == {"If-Modified-Since": ODD_DATE}


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


# failures


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


# Retry-After


@pytest.mark.parametrize(
    ("status", "stated", "date", "waited"),
    [
        (503, "120", None, timedelta(seconds=120)),
        (429, " 120 ", None, timedelta(seconds=120)),
        (503, "0", None, timedelta(0)),
        (503, "9" * 6000, None, 31 * DAY),
        (503, "Mon, 21 Oct 2024 13:00:00 GMT", None, HOUR),
        (503, "Monday, 21-Oct-24 13:00:00 GMT", None, HOUR),
        (503, "Mon Oct 21 13:00:00 2024", None, HOUR),
        (503, "Mon, 21 Oct 2024 15:00:00 +0200", None, HOUR),
        (503, "Mon, 21 Oct 2024 13:00:00 GMT", "Mon, 21 Oct 2024 12:45:00 GMT", HOUR / 4),
        (503, "Wed, 21 Oct 2015 13:00:00 GMT", "Wed, 21 Oct 2015 12:00:00 GMT", HOUR),
        (503, "Mon, 21 Oct 2024 13:00:00 GMT", "soon", HOUR),
        (503, "Mon, 21 Oct 2024 11:00:00 GMT", None, timedelta(0)),
        (503, "Fri, 21 Oct 2044 11:00:00 GMT", None, 31 * DAY),
        (503, "", None, None),
        (503, "soon", None, None),
        (503, "-5", None, None),
        (503, "٣٠", None, None),
        (503, "Mon, 21 Oct 99999 11:00:00 GMT", None, None),
        (200, "120", None, None),
        (500, "120", None, None),
        (301, "120", None, None),
    ],
)
def test_retry_after_in_both_forms(status: int, stated: str, date: str | None, waited: timedelta | None) -> None:
    headers = {"retry_after": stated} | ({"date": date} if date else {})
    assert retry_after(exchange(status, **headers), NOON) == waited


def test_no_retry_after_is_none() -> None:
    assert retry_after(exchange(503), NOON) is None


# pages


def test_a_page_is_tried_six_times_over_about_two_days() -> None:
    tries, now = 1, NOON
    while (again := page_retry_at(tries, now, None)) is not None:
        assert again > now
        tries, now = tries + 1, again
    assert tries == 6
    assert timedelta(hours=40) <= now - NOON <= timedelta(hours=56)


def test_a_page_waits_longer_after_each_try() -> None:
    waits = [again - NOON for tries in range(1, 6) if (again := page_retry_at(tries, NOON, None))]
    assert waits == sorted(waits)
    assert len(set(waits)) == 5


def test_a_page_keeps_retry_after() -> None:
    assert page_retry_at(1, NOON, DAY) == NOON + DAY
    assert page_retry_at(1, NOON, timedelta(seconds=1)) == page_retry_at(1, NOON, None)
    assert page_retry_at(6, NOON, DAY) is None


# status


def test_each_status_has_its_word() -> None:
    assert feed_status(FEED, None, NOON) == "never"
    assert feed_status(FEED, FeedState("example", FEED_URL), NOON) == "never"
    assert feed_status(replace(FEED, enabled=False), document(), NOON) == "disabled"
    assert feed_status(FEED, document(), NOON) == "ok"
    assert feed_status(FEED, failed(document()), NOON) == "failing"
    assert feed_status(FEED, failed(document(), GONE), NOON) == "gone"
    assert feed_status(replace(FEED, url="https://example.org/new"), document(), NOON) == "never"


def test_a_feed_is_silent_after_four_times_its_usual_gap() -> None:
    state = document(document(), now=NOON + HOUR)
    assert feed_status(FEED, state, NOON + 5 * HOUR) == "ok"
    assert feed_status(FEED, state, NOON + 5 * HOUR + timedelta(minutes=1)) == "silent"


def test_a_feed_that_has_brought_news_once_is_given_weeks() -> None:
    assert feed_status(FEED, document(), NOON + 28 * DAY) == "ok"
    assert feed_status(FEED, document(), NOON + 29 * DAY) == "silent"
    assert feed_status(FEED, document(seen=0, known=0), NOON + 29 * DAY) == "silent"


def test_a_feed_that_sleeps_at_night_is_not_silent_every_night() -> None:
    state, now = document(), NOON
    for pause in (HOUR, 10 * HOUR, HOUR, HOUR, HOUR):
        now += pause
        state = document(state, now=now)
    assert feed_status(FEED, state, now + 10 * HOUR) == "ok"
    assert feed_status(FEED, state, now + 3 * DAY) == "silent"


# rows


def test_a_state_survives_its_row() -> None:
    rows = TypeAdapter(FeedState)
    for state in (document(document(), ttl=HOUR, now=NOON + HOUR), failed(document(), GONE), failed(None, UNREADABLE)):
        assert rows.validate_python(rows.dump_python(state, mode="json")) == state


def test_rows_of_older_programs_load() -> None:
    assert TypeAdapter(FeedState).validate_python({"feed_id": "a", "url": "https://example.org"}) == FeedState(
        "a", "https://example.org"
    )
    assert [field.name for field in fields(FeedState)][:2] == ["feed_id", "url"]


def test_a_new_state_knows_of_no_trouble() -> None:
    new = FeedState("example", FEED_URL)
    assert not (new.failures or new.unreadable or new.gone or new.ask_whole or new.last_problem)


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
