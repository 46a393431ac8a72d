"""What holds of the schedule whatever feeds and servers do."""

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from pipeline.model import Entry, Exchange, FeedSource, FetchFailure, ParsedFeed
from pipeline.stages.feed_state import FeedState, feed_status
from pipeline.stages.http_times import retry_after
from pipeline.stages.schedule import after_document, after_failure, after_not_modified, due_feeds
from tests.support.exchanges import FEED_URL, NOON, exchange

DAY = timedelta(days=1)

HEADER_NAMES = ("retry_after", "cache_control", "expires", "date", "age", "etag", "last_modified")
HEADER_VALUES = st.one_of(
    st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=30),
    st.integers(-5, 10**12).map(str),
    st.integers(0, 10**12).map(lambda seconds: f"max-age={seconds}"),
    st.datetimes().map(lambda moment: f"{moment:%a, %d %b %Y %H:%M:%S} GMT"),
)
HEADERS = st.dictionaries(st.sampled_from(HEADER_NAMES), HEADER_VALUES)
INTERVALS = st.none() | st.timedeltas(timedelta(seconds=1), timedelta(days=99999))
FEEDS = st.builds(
    lambda name, interval: FeedSource(name, name, FEED_URL, interval=interval), st.text("abc", min_size=1), INTERVALS
)
GAPS = st.none() | st.timedeltas(timedelta(0), timedelta(days=4000))
STATUSES = st.sampled_from([200, 304, 400, 401, 404, 410, 429, 500, 503])
STATES = st.none() | st.builds(
    FeedState,
    feed_id=st.just("a"),
    url=st.sampled_from([FEED_URL, "https://example.org/old"]),
    gap=st.none() | st.timedeltas(timedelta(minutes=10), timedelta(hours=4)),
    ttl=GAPS,
    fresh_for=GAPS,
    failures=st.integers(0, 10**6),
    unreadable=st.booleans(),
    gone=st.booleans(),
    last_polled_at=st.just(NOON - DAY),
    last_new_at=st.none() | st.just(NOON - DAY) | st.just(NOON + DAY),
    usual_gap=GAPS,
)


def answered(status: int, headers: dict[str, str]) -> Exchange:
    return exchange(status, **headers)


def document(seen: int, draw: Any) -> ParsedFeed:
    entry = Entry(None, None, "a")
    hours, days = draw(st.sets(st.integers(0, 23))), draw(st.sets(st.integers(0, 6)))
    return ParsedFeed("rss20", "a", (entry,) * seen, draw(GAPS), None, tuple(hours), tuple(days))


def steps(feed: FeedSource, state: FeedState | None, answer: Exchange, draw: Any) -> FeedState:
    """One step after ``answer``, whichever fits its status."""
    if answer.status == 304:
        return after_not_modified(feed, state, now=NOON, answer=answer)
    if answer.status == 200:
        seen = draw(st.integers(0, 1000))
        known = draw(st.integers(0, seen))
        return after_document(
            feed, state, now=NOON, answer=answer, digest="d", parsed=document(seen, draw), known=known
        )
    kind = "gone" if answer.status == 410 else "http_status"
    what = FetchFailure(FEED_URL, kind, "x", draw(st.booleans()), answer.status, answer)
    return after_failure(feed, state, now=NOON, failure=what)


@given(FEEDS, STATES, STATUSES, HEADERS, st.data())
def test_the_next_poll_is_neither_in_the_past_nor_beyond_every_reason(
    feed: FeedSource, state: FeedState | None, status: int, headers: dict[str, str], data: Any
) -> None:
    answer = answered(status, headers)
    after = steps(feed, state, answer, data.draw)
    assert after.next_due_at is not None
    waited = after.next_due_at - NOON
    floor, asked = feed.interval or timedelta(0), retry_after(answer, NOON) or timedelta(0)
    ceiling = timedelta(days=30) if after.gone else timedelta(days=7)
    rest = timedelta(days=3) if after.skip_hours or after.skip_days else timedelta(0)
    assert timedelta(minutes=10) <= waited <= max(ceiling, floor, asked) + rest
    assert waited >= max(floor, asked)
    assert asked <= timedelta(days=31)
    if status in (200, 304) and not after.failures:
        assert waited <= max(timedelta(days=1), floor) + rest


@given(FEEDS, st.lists(st.sampled_from([(503, True), (404, False), (403, False)]), min_size=1, max_size=1), st.data())
def test_back_off_never_shortens_while_the_trouble_stays_the_same(
    feed: FeedSource, trouble: list[tuple[int, bool]], data: Any
) -> None:
    status, temporary = trouble[0]
    state, last = None, timedelta(0)
    for _ in range(data.draw(st.integers(1, 30))):
        what = FetchFailure(FEED_URL, "http_status", "x", temporary, status, exchange(status))
        state = after_failure(feed, state, now=NOON, failure=what)
        assert state.next_due_at is not None
        assert state.next_due_at - NOON >= last
        last = state.next_due_at - NOON


@given(FEEDS, STATES, STATUSES, HEADERS, st.data())
def test_every_state_survives_its_row_and_has_a_word(
    feed: FeedSource, state: FeedState | None, status: int, headers: dict[str, str], data: Any
) -> None:
    after = steps(feed, state, answered(status, headers), data.draw)
    rows = TypeAdapter(FeedState)
    assert rows.validate_python(rows.dump_python(after, mode="json")) == after
    assert feed_status(feed, after, NOON) in ("ok", "failing", "silent", "gone")


@given(FEEDS, STATES, STATUSES, HEADERS, st.data())
def test_a_feed_just_polled_is_not_due_and_becomes_due_in_the_end(
    feed: FeedSource, state: FeedState | None, status: int, headers: dict[str, str], data: Any
) -> None:
    after = steps(feed, state, answered(status, headers), data.draw)
    assert after.next_due_at is not None
    assert due_feeds([feed], {feed.id: after}, NOON) == ()
    assert due_feeds([feed], {feed.id: after}, after.next_due_at) == (feed,)
