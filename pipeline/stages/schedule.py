"""When a feed is asked again, and with which validators. All that is known of a feed between rounds is one record.

The next poll is the latest of Sitrep's own rhythm, the operator's interval, and what feed and server ask for (ttl,
RFC 9111 freshness, Retry-After). Own rhythm follows the overlap of two documents: when no entry of a document is
known, some may have been missed in between; when all are, the next look may come later.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from pipeline.model import HOST_RESTS, ROUND_OVER, Exchange, FeedSource, FetchFailure, ParsedFeed
from pipeline.stages.http_times import freshness, http_date, server_time, whole_seconds
from pipeline.stages.moves import Moves, moved
from pipeline.stages.rhythm import ErrorClass, after_rest, back_off, own_wait, rhythm, trust, usual_gap

FeedStatus = Literal["ok", "failing", "silent", "gone", "never", "disabled"]

LONGEST_WISH = timedelta(hours=24)
"""Cache headers of a year are common on files that change every day."""

LONGEST_RETRY_AFTER = timedelta(days=31)
GONE_GAP = timedelta(days=30)
PAGE_GAPS = tuple(timedelta(minutes=minutes) for minutes in (15, 60, 240, 720, 1800))

SILENT_AFTER = 4
USUAL_GAP = timedelta(days=7)
"""Taken for the gap between news of a feed that has not yet brought news twice."""


@dataclass(frozen=True, slots=True)
class FeedState:
    """What the ledger keeps of a feed. Every field but the first two may be missing in a row of an older program."""

    feed_id: str
    url: str
    """The address in the feed list when this was written; another one there makes most of the rest void."""
    etag: str | None = None
    last_modified: str | None = None
    validators_url: str | None = None
    """The address that gave the validators: where the last redirect led."""
    body_digest: str | None = None
    next_due_at: datetime | None = None
    gap: timedelta | None = None
    ttl: timedelta | None = None
    fresh_for: timedelta | None = None
    failures: int = 0
    """Failed polls in a row."""
    unreadable: bool = False
    """The last document could not be read; only a document that can be read ends this, no 304."""
    gone: bool = False
    ask_whole: bool = False
    """The next request goes without validators."""
    last_polled_at: datetime | None = None
    last_success_at: datetime | None = None
    last_new_at: datetime | None = None
    usual_gap: timedelta | None = None
    last_problem: str | None = None
    address: str | None = None
    """Asked in place of ``url``, from where permanent redirects have led for days."""
    moved_to: str | None = None
    moved_since: datetime | None = None
    whole_at: datetime | None = None
    """When the document came whole last; 304s since then are the server's word alone."""
    lies: bool = False
    """Its bytes have changed under validators that have not."""
    repeats_guids: bool = False
    """One guid stood for several entries of a document, so links tell this feed's entries apart."""
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()


def address_of(feed: FeedSource, state: FeedState | None) -> str:
    """Where to ask for the feed."""
    return _known(feed, state).address or feed.url


def known_sources(feeds: Iterable[FeedSource], states: Mapping[str, FeedState]) -> dict[str, str]:
    """Where each enabled feed's document came from last, with the first feed of the list that has it from there."""
    found: dict[str, str] = {}
    for feed in feeds:
        source = _known(feed, states.get(feed.id)).validators_url
        if feed.enabled and source is not None:
            found.setdefault(source, feed.id)
    return found


def due_feeds(feeds: Iterable[FeedSource], states: Mapping[str, FeedState], now: datetime) -> tuple[FeedSource, ...]:
    """The enabled feeds whose time has come: the longest overdue first, feeds never asked before all others.

    A round that comes late may come in an hour in which a feed wants to rest; then it is left to the next one.
    """
    waiting: list[tuple[datetime, FeedSource]] = []
    for feed in feeds:
        state = _known(feed, states.get(feed.id))
        due_at = state.next_due_at or datetime.min.replace(tzinfo=UTC)
        if feed.enabled and due_at <= now and _after_rest(state, now) == now:
            waiting.append((due_at, feed))
    return tuple(feed for _, feed in sorted(waiting, key=lambda pair: pair[0]))


def validators(state: FeedState | None, url: str) -> dict[str, str]:
    """The conditional headers for ``url``: both, exactly as received, and only to the address that gave them."""
    if state is None or state.ask_whole or state.validators_url != url:
        return {}
    both = {"If-None-Match": state.etag, "If-Modified-Since": state.last_modified}
    return {name: value for name, value in both.items() if value}


def after_document(
    feed: FeedSource,
    state: FeedState | None,
    *,
    now: datetime,
    answer: Exchange,
    digest: str,
    parsed: ParsedFeed,
    known: int,
    repeats_guids: bool = False,
) -> FeedState:
    """A document was read: of its entries the ledger held ``known``. ``digest`` is of its bytes."""
    old = _known(feed, state)
    seen = len(parsed.entries)
    brought_news = seen > known
    told = replace(
        _moved(feed, _answered(old, answer, now), answer, now),
        body_digest=digest,
        ttl=parsed.ttl,
        skip_hours=parsed.skip_hours,
        skip_days=parsed.skip_days,
        lies=old.lies or _lied(old, answer, digest),
        repeats_guids=old.repeats_guids or repeats_guids,
        gap=rhythm(old.gap, seen, known),
        last_new_at=now if brought_news else old.last_new_at,
        usual_gap=usual_gap(old.usual_gap, old.last_new_at, now) if brought_news else old.usual_gap,
    )
    return replace(told, next_due_at=_due_at(feed, told, now))


def after_not_modified(feed: FeedSource, state: FeedState | None, *, now: datetime, answer: Exchange) -> FeedState:
    """The server has nothing new: a 304, or a 200 with the bytes of the document read last.

    A 304 says nothing about a document that could not be read, so that trouble stays, and the next request asks for
    the whole document, which settles it. So does, now and then, the next request after many a 304.
    """
    old = _known(feed, state)
    told = _answered(old, answer, now)
    if answer.status == 304 and old.unreadable:
        trouble = replace(told, failures=old.failures, last_problem=old.last_problem, unreadable=True, ask_whole=True)
        wait = max(_wait(feed, trouble), back_off(feed.id, "soft", old.failures))
        return replace(trouble, next_due_at=now + wait)
    is_old = answer.status == 304 and now - (old.whole_at or now) >= trust(feed.id, lies=old.lies)
    told = _moved(feed, replace(told, gap=rhythm(old.gap, seen=1, known=1), ask_whole=is_old), answer, now)
    return replace(told, next_due_at=_due_at(feed, told, now))


def after_failure(feed: FeedSource, state: FeedState | None, *, now: datetime, failure: FetchFailure) -> FeedState:
    """The poll failed: validators and digest stay those of the last document read, the next poll backs off."""
    old = _known(feed, state)
    if failure.kind == ROUND_OVER:
        return old  # nothing was sent, so nothing failed
    if failure.kind == HOST_RESTS:
        return replace(old, next_due_at=failure.retry_at)
    gone = old.gone or failure.kind == "gone"
    failures = old.failures + 1
    gap = GONE_GAP if gone else back_off(feed.id, _class(failure), failures)
    asked = retry_after(failure.exchange, now) if failure.exchange else None
    return replace(
        old,
        next_due_at=now + max(gap, feed.interval or timedelta(0), asked or timedelta(0)),
        failures=failures,
        unreadable=old.unreadable or _is_unreadable(failure),
        gone=gone,
        last_polled_at=now,
        last_problem=f"{failure.kind}: {failure.detail}",
        # A new home that closes was none: the listed address may know better.
        address=old.address if failure.temporary and not _is_unreadable(failure) else None,
        moved_to=None,
        moved_since=None,
    )


def retry_after(answer: Exchange, now: datetime) -> timedelta | None:
    """How long a 429 or 503 asks to wait (RFC 9110, 10.2.3), at most 31 days; ``None`` when it does not say.

    The date form is measured against the server's own clock, since only the difference can be trusted.
    """
    stated = (answer.header("retry-after") or "").strip()
    if answer.status not in (429, 503) or not stated:
        return None
    if (seconds := whole_seconds(stated)) is not None:
        return min(seconds, LONGEST_RETRY_AFTER)
    until = http_date(stated)
    if until is None:
        return None
    return min(max(until - server_time(answer, now), timedelta(0)), LONGEST_RETRY_AFTER)


def page_retry_at(attempts: int, now: datetime, retry_after: timedelta | None) -> datetime | None:
    """When a page is tried again after ``attempts`` tries in vain: six tries over two days, then ``None``."""
    if attempts > len(PAGE_GAPS):
        return None
    return now + max(PAGE_GAPS[max(attempts, 1) - 1], retry_after or timedelta(0))


def feed_status(feed: FeedSource, state: FeedState | None, now: datetime) -> FeedStatus:
    """One word for how a feed does; ``silent`` answers, but has brought nothing new for 4 times its usual gap."""
    known = _known(feed, state)
    if not feed.enabled:
        return "disabled"
    if known.last_polled_at is None:
        return "never"
    if known.gone:
        return "gone"
    if known.failures:
        return "failing"
    last_news = known.last_new_at or known.last_success_at
    is_silent = last_news is not None and now - last_news > SILENT_AFTER * (known.usual_gap or USUAL_GAP)
    return "silent" if is_silent else "ok"


def _known(feed: FeedSource, state: FeedState | None) -> FeedState:
    """The state as far as it holds for the address that the feed list gives now."""
    if state is None:
        return FeedState(feed.id, feed.url)
    if state.url == feed.url:
        return state
    return FeedState(feed.id, feed.url, last_success_at=state.last_success_at, last_new_at=state.last_new_at)


def _answered(old: FeedState, answer: Exchange, now: datetime) -> FeedState:
    """The state after an answer that is no failure, with the answer's validators and freshness.

    A 304 updates what it carries (RFC 9111, 4.3.4), a 200 replaces all.
    """
    etag, last_modified = _opaque(answer.header("etag")), _opaque(answer.header("last-modified"))
    fresh_for = freshness(answer, now)
    source: str | None = answer.url
    if answer.status == 304:
        source = old.validators_url
        etag, last_modified = etag or old.etag, last_modified or old.last_modified
        fresh_for = old.fresh_for if fresh_for is None else fresh_for
    return replace(
        old,
        etag=etag,
        last_modified=last_modified,
        validators_url=source,
        fresh_for=fresh_for,
        whole_at=old.whole_at if answer.status == 304 else now,
        failures=0,
        unreadable=False,
        gone=False,
        ask_whole=False,
        last_polled_at=now,
        last_success_at=now,
        last_problem=None,
    )


def _moved(feed: FeedSource, state: FeedState, answer: Exchange, now: datetime) -> FeedState:
    """Only after an answer that stands for a readable document: a 304 confirms one that was read."""
    after = moved(Moves(state.address, state.moved_to, state.moved_since), feed.url, answer, now)
    return replace(state, address=after.address, moved_to=after.target, moved_since=after.since)


def _lied(old: FeedState, answer: Exchange, digest: str) -> bool:
    """Are these other bytes under the very validators of the document before?"""
    if old.body_digest in (None, digest) or old.validators_url != answer.url:
        return False
    etag, last_modified = _opaque(answer.header("etag")), _opaque(answer.header("last-modified"))
    return etag == old.etag if etag else last_modified is not None and last_modified == old.last_modified


def _due_at(feed: FeedSource, state: FeedState, now: datetime) -> datetime:
    return _after_rest(state, now + _wait(feed, state))


def _after_rest(state: FeedState, moment: datetime) -> datetime:
    return after_rest(moment, frozenset(state.skip_hours), frozenset(state.skip_days))


def _wait(feed: FeedSource, state: FeedState) -> timedelta:
    """The operator's interval holds whatever its length; wishes of feed and server only up to a day."""
    wishes = [wish for wish in (own_wait(feed.id, state.gap), state.ttl, state.fresh_for) if wish is not None]
    return max(feed.interval or timedelta(0), min(max(wishes), LONGEST_WISH))


def _class(failure: FetchFailure) -> ErrorClass:
    """A document that cannot be read, a 404 and trouble before any answer often mend themselves."""
    if _is_unreadable(failure) or failure.status == 404:
        return "soft"
    if failure.temporary:
        return "temporary"
    return "soft" if failure.status is None else "permanent"


def _is_unreadable(failure: FetchFailure) -> bool:
    return failure.exchange is not None and failure.exchange.status == 200


def _opaque(validator: str | None) -> str | None:
    """The validator, unless it holds bytes that cannot be sent back as they came."""
    try:
        return validator if validator and validator.encode() else None
    except UnicodeEncodeError:
        return None
