"""When a feed is asked again, and what each answer changes in what is known of it.

The next poll is the latest of Sitrep's own rhythm, the operator's interval, and what feed and server ask for (ttl,
RFC 9111 freshness, Retry-After). Own rhythm follows the overlap of two documents: when no entry of a document is
known, some may have been missed in between; when all are, the next look may come later.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pipeline.model import HOST_RESTS, ROUND_OVER, Exchange, FeedSource, FetchFailure, ParsedFeed
from pipeline.stages.feed_state import FeedState, held_for
from pipeline.stages.http_times import freshness, retry_after
from pipeline.stages.moves import Moves, moved
from pipeline.stages.rhythm import ErrorClass, after_rest, back_off, own_wait, rhythm, trust, usual_gap

LONGEST_WISH = timedelta(hours=24)
"""Cache headers of a year are common on files that change every day."""

GONE_GAP = timedelta(days=30)
NEVER = datetime.min.replace(tzinfo=UTC)


def due_feeds(
    feeds: Iterable[FeedSource], states: Mapping[str, FeedState], now: datetime, ahead: timedelta = timedelta(0)
) -> tuple[FeedSource, ...]:
    """The enabled feeds whose time has come, or comes in the time ``ahead``, in the order of their due moments.

    So the longest overdue come first, feeds never asked before all others. A round that comes late may come in an hour
    in which a feed wants to rest; then it is left to the next one.
    Of feeds that a resting host has made due at one time, the one whose 429 it was comes last: it may be refused again.
    """
    waiting: list[tuple[datetime, datetime, FeedSource]] = []
    for feed in feeds:
        state = held_for(feed, states.get(feed.id))
        due_at = state.next_due_at or NEVER
        asked_at = max(due_at, now)
        if feed.enabled and due_at <= now + ahead and _after_rest(state, asked_at) == asked_at:
            waiting.append((due_at, state.last_polled_at or NEVER, feed))
    return tuple(feed for *_, feed in sorted(waiting, key=lambda due: due[:2]))


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
    old = held_for(feed, state)
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
    old = held_for(feed, state)
    told = _answered(old, answer, now)
    if answer.status == 304 and old.unreadable:
        trouble = replace(told, failures=old.failures, last_problem=old.last_problem, unreadable=True, ask_whole=True)
        wait = max(_wait(feed, trouble, now), back_off(feed.id, "soft", old.failures))
        return replace(trouble, next_due_at=now + wait)
    is_old = answer.status == 304 and now - (old.whole_at or now) >= trust(feed.id, lies=old.lies)
    told = _moved(feed, replace(told, gap=rhythm(old.gap, seen=1, known=1), ask_whole=is_old), answer, now)
    return replace(told, next_due_at=_due_at(feed, told, now))


def after_failure(feed: FeedSource, state: FeedState | None, *, now: datetime, failure: FetchFailure) -> FeedState:
    """The poll failed: validators and digest stay those of the last document read, the next poll backs off."""
    old = held_for(feed, state)
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
    return _after_rest(state, now + _wait(feed, state, now))


def _after_rest(state: FeedState, moment: datetime) -> datetime:
    return after_rest(moment, frozenset(state.skip_hours), frozenset(state.skip_days))


def _wait(feed: FeedSource, state: FeedState, now: datetime) -> timedelta:
    """The operator's interval holds whatever its length; wishes of feed and server only up to a day."""
    wishes = [wish for wish in (own_wait(feed.id, state.gap, now), state.ttl, state.fresh_for) if wish is not None]
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
