"""What is known of a feed after one answer or another."""

from datetime import datetime, timedelta
from typing import Any

from pipeline.model import Entry, Exchange, FeedSource, FetchFailure, ParsedFeed
from pipeline.stages.feed_state import FeedState
from pipeline.stages.schedule import after_document, after_failure, after_not_modified
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
