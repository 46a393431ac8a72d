"""One feed in a round: ask, parse, and write entries and validators in one transaction."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any

from pipeline.adapters.http.targets import without_credentials
from pipeline.adapters.ledger import entries, feeds, runs
from pipeline.adapters.ledger.database import Connection
from pipeline.adapters.ledger.entries import OpenEntry, SightedEntry
from pipeline.adapters.ledger.runs import Run
from pipeline.adapters.workers import WorkFailed
from pipeline.flows.recorder import Note, Polled
from pipeline.flows.textwork import read_feed
from pipeline.flows.tools import Tools
from pipeline.model import HOST_RESTS, ROUND_OVER, Exchange, FeedSource, FetchFailure, Outcome, ParsedFeed, RecordRef
from pipeline.stages.feed_state import FeedState, address_of, validators
from pipeline.stages.identify import entry_digest, entry_keys, rejection, shared_guids
from pipeline.stages.judge_feed import instead_of_feed, judge_feed
from pipeline.stages.schedule import after_document, after_failure, after_not_modified
from pipeline.stages.sight import sight

MAX_FEED_BYTES = 10_000_000


@dataclass(frozen=True, slots=True)
class _Poll:
    """A feed that was asked in a run, and what was known of it before."""

    run: Run
    feed: FeedSource
    state: FeedState | None
    now: datetime
    double: str | None = None
    """Which other feed brings this very document."""

    def row(self, outcome: str, answer: Exchange | None, **more: Any) -> dict[str, Any]:
        """Columns of the fetch log."""
        return {
            "run_id": self.run.id,
            "kind": "feed",
            "feed_id": self.feed.id,
            "url": without_credentials(self.feed.url),
            "at": self.now,
            "status": answer.status if answer else None,
            "bytes": len(answer.raw) if answer else 0,
            "milliseconds": answer.milliseconds if answer else 0,
            "outcome": outcome,
        } | more


async def poll(tools: Tools, feed: FeedSource, state: FeedState | None) -> list[OpenEntry]:
    """Poll one feed; returns the entries that this round has to work on."""
    reply = await tools.client.get(
        address_of(feed, state),
        max_bytes=MAX_FEED_BYTES,
        headers_for=partial(validators, state),
        may_ask=tools.robots.refusal if tools.robots_for_feeds else None,
        room=tools.hand.room,
    )
    size = len(reply.raw) + len(reply.body) if isinstance(reply, Exchange) else 0
    tools.hand.take(size)
    try:
        return await _note(tools, feed, state, reply)
    finally:
        tools.hand.give_back(size)


async def _note(
    tools: Tools, feed: FeedSource, state: FeedState | None, reply: Exchange | FetchFailure
) -> list[OpenEntry]:
    """Read what a feed's address has answered, and write what follows from it."""
    answer = judge_feed(reply, conditional=isinstance(reply, Exchange) and bool(validators(state, reply.url)))
    asked = _Poll(tools.run, feed, state, tools.clock())
    if isinstance(answer, FetchFailure):
        return await _failed(tools, asked, answer)
    asked = replace(asked, double=tools.double_of(feed.id, answer.url))
    if answer.status == 304:
        await tools.recorder.jot(_not_modified(asked, answer))
        return []
    parsed = await _parsed(tools, answer)
    if isinstance(parsed, FetchFailure):
        return await _failed(tools, asked, parsed)
    kept = None if _brings_known_bytes(asked, answer) else answer
    return await tools.recorder.write(Note(kept, partial(_document, asked, answer, parsed)))


def _brings_known_bytes(asked: _Poll, answer: Exchange) -> bool:
    """The document is the feed's last one, which lies in the archive already."""
    return asked.state is not None and asked.state.body_digest == sha256(answer.body).hexdigest()


async def _failed(tools: Tools, asked: _Poll, failure: FetchFailure) -> list[OpenEntry]:
    if failure.kind == ROUND_OVER:
        return []  # nothing was asked: the feed stays due
    if failure.kind == HOST_RESTS:  # nothing was asked, so there is no fetch to note
        note = Polled(None, after_failure(asked.feed, asked.state, now=asked.now, failure=failure))
    else:
        note = _failure(asked, failure)
    await tools.recorder.jot(note)
    return []


async def _parsed(tools: Tools, answer: Exchange) -> ParsedFeed | FetchFailure:
    try:
        async with tools.hand.turn_of(len(answer.body)):
            parsed = await tools.work(read_feed, answer.body, answer.url, dict(answer.headers))
    except WorkFailed as error:
        return FetchFailure(answer.requested_url, "unreadable_feed", str(error), temporary=True, exchange=answer)
    if parsed.error is None:
        return parsed
    kind, _, detail = parsed.error.partition(":")
    return instead_of_feed(answer, kind.strip(), detail.strip() or kind)


def _failure(asked: _Poll, failure: FetchFailure) -> Polled:
    state = after_failure(asked.feed, asked.state, now=asked.now, failure=failure)
    row = asked.row(failure.kind, failure.exchange, detail=failure.detail, retry_at=state.next_due_at)
    return Polled(row, state)


def _not_modified(asked: _Poll, answer: Exchange) -> Polled:
    state = after_not_modified(asked.feed, asked.state, now=asked.now, answer=answer)
    return Polled(asked.row("not_modified", answer, detail=asked.double), state)


def _document(
    asked: _Poll, answer: Exchange, parsed: ParsedFeed, connection: Connection, ref: RecordRef | None
) -> list[OpenEntry]:
    """Entries and validators in one transaction, so that a crash can never hide entries behind a 304."""
    sighted, repeats = _sighted(asked, parsed, connection)
    digest = sha256(answer.body).hexdigest()
    same = _brings_known_bytes(asked, answer)
    ref = runs.archived_document(connection, asked.feed.id) if same else ref
    row = asked.row("not_modified" if same else "changed", answer, detail=asked.double)
    place = {"file": ref.file, "offset": ref.offset} if ref else {}
    settled = _settled(sighted, repeats)
    new = sum(item.known is None for item in sighted)
    known = len(parsed.entries) - new
    runs.record_fetch(connection, row | place | {"seen": len(parsed.entries), "new": new, "settled": settled})
    state = after_document(
        asked.feed,
        asked.state,
        now=asked.now,
        answer=answer,
        digest=digest,
        parsed=parsed,
        known=known,
        repeats_guids=bool(shared_guids(parsed.entries)),
    )
    feeds.save_state(connection, state)
    return entries.record(connection, asked.feed.id, sighted, asked.run.id, asked.now)


def _sighted(asked: _Poll, parsed: ParsedFeed, connection: Connection) -> tuple[list[SightedEntry], int]:
    """Each entry of the document once, with the decision about it; and how many were repetitions of another."""
    keys = entry_keys(parsed.entries, by_link=asked.state is not None and asked.state.repeats_guids)
    known = entries.remembered(connection, asked.feed.id, keys)
    once = dict(zip(reversed(keys), reversed(parsed.entries), strict=True))  # of a repeated key the first one counts
    sighted: list[SightedEntry] = []
    for key in dict.fromkeys(keys):
        entry, digest = once[key], entry_digest(once[key])
        reason, before = rejection(entry), known.get(key)
        decision = sight(before, digest, reason, asked.now)
        shown = without_credentials(entry.url) if entry.url else None
        sighted.append(SightedEntry(key, shown, entry, digest, decision, reason, before))
    return sighted, len(keys) - len(sighted)


def _settled(sighted: list[SightedEntry], repeats: int) -> dict[Outcome, int]:
    """Outcomes that need no further work, counted; a repetition within one document changes nothing."""
    counts: dict[Outcome, int] = {"unchanged": repeats} if repeats else {}
    for item in sighted:
        outcome = item.sighting.settled
        if outcome is not None:
            counts[outcome] = counts.get(outcome, 0) + 1
    return counts
