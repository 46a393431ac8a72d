"""All that is known of a feed between rounds: one record, and what can be read from it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pipeline.model import FeedSource

FeedStatus = Literal["ok", "failing", "silent", "gone", "never", "disabled"]

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
    return held_for(feed, state).address or feed.url


def known_sources(feeds: Iterable[FeedSource], states: Mapping[str, FeedState]) -> dict[str, str]:
    """Where each enabled feed's document came from last, with the first feed of the list that has it from there."""
    found: dict[str, str] = {}
    for feed in feeds:
        source = held_for(feed, states.get(feed.id)).validators_url
        if feed.enabled and source is not None:
            found.setdefault(source, feed.id)
    return found


def validators(state: FeedState | None, url: str) -> dict[str, str]:
    """The conditional headers for ``url``: both, exactly as received, and only to the address that gave them."""
    if state is None or state.ask_whole or state.validators_url != url:
        return {}
    both = {"If-None-Match": state.etag, "If-Modified-Since": state.last_modified}
    return {name: value for name, value in both.items() if value}


def feed_status(feed: FeedSource, state: FeedState | None, now: datetime) -> FeedStatus:
    """One word for how a feed does; ``silent`` answers, but has brought nothing new for 4 times its usual gap."""
    known = held_for(feed, state)
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


def held_for(feed: FeedSource, state: FeedState | None) -> FeedState:
    """The state as far as it holds for the address that the feed list gives now."""
    if state is None:
        return FeedState(feed.id, feed.url)
    if state.url == feed.url:
        return state
    return FeedState(feed.id, feed.url, last_success_at=state.last_success_at, last_new_at=state.last_new_at)
