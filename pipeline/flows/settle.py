"""The transaction that settles one entry: the fetch behind it, its story, its state, and the row for the index."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pipeline.adapters.ledger import bands, clusters, entries, runs, stories
from pipeline.adapters.ledger.database import Connection
from pipeline.adapters.ledger.entries import OpenEntry
from pipeline.flows.profile import during
from pipeline.model import FetchFailure, Outcome, RecordRef, Story
from pipeline.stages.fold import MAX_COMPARED, Imprint, alike, cluster_for
from pipeline.stages.fold.likeness import WINDOW
from pipeline.stages.identify import canonical_url, story_id
from pipeline.stages.revise import Revision, Telling, begin, held_back, join, revise
from pipeline.stages.verdict import Verdict, verdict


@dataclass(frozen=True, slots=True)
class Work:
    """What the round found out about one entry; ``fetch`` holds the columns of its row in the fetch log, if any."""

    entry: OpenEntry
    telling: Telling | None
    failure: FetchFailure | None = None
    fetch: dict[str, Any] | None = None
    retry_after: timedelta | None = None
    copy_window: timedelta = WINDOW
    """How far apart copies may arrive."""


def settle(connection: Connection, work: Work, ref: RecordRef | None, run_id: str, now: datetime) -> Outcome:
    """Write all that follows from ``work``, inside the caller's transaction. Returns what became of the entry."""
    decided = verdict(
        work.failure,
        has_text=work.telling is not None,
        attempts=work.entry.attempts,
        now=now,
        retry_after=work.retry_after,
    )
    fetch_id = None
    if work.fetch is not None:
        place = {"file": ref.file, "offset": ref.offset} if ref else {}
        fetch_id = runs.record_fetch(connection, _outcome(work.fetch, decided) | place | {"retry_at": decided.retry_at})
    told = None
    if work.telling:
        told, wait_until = _tell(connection, work.entry, work.telling, run_id, now, fetch_id, work.copy_window)
        if wait_until is not None and decided.state == "stored":
            decided = Verdict("pending", "its text has changed; a story gets one version an hour", wait_until, 0)
    outcome: Outcome = told.outcome if told and decided.state == "stored" else _unfinished(decided.state)
    entries.settle(
        connection,
        work.entry.id,
        run_id,
        state=decided.state,
        outcome=outcome,
        reason=decided.reason,
        story=told.story.id if told else None,
        retry_at=decided.retry_at,
        attempts=decided.attempts,
    )
    return outcome


def _outcome(fetch: dict[str, Any], decided: Verdict) -> dict[str, Any]:
    """A page that could be fetched but holds no story is trouble that the report has to name."""
    if fetch["outcome"] == "fetched" and decided.state == "failed":
        return fetch | {"outcome": "no_text", "detail": decided.reason}
    return fetch


def join_known(connection: Connection, entry: OpenEntry, run_id: str, now: datetime) -> bool:
    """Settle a new entry whose address leads to a story with its page's text: the feed becomes one more source."""
    url = canonical_url(entry.entry.url or "")
    if entry.story_id is not None or url is None:
        return False
    known = stories.behind_url(connection, story_id(url))
    story = stories.load(connection, known) if known else None
    if story is None or story.content_source != "page":
        return False
    revision = join(story, entry.feed_id)
    if revision.changed:
        stories.save(connection, revision, None, run_id, now, None)
        clusters.tell_head(connection, revision.story, now)
    entries.settle(connection, entry.id, run_id, state="stored", outcome=revision.outcome, story=story.id)
    return True


def _unfinished(state: str) -> Outcome:
    return "pending" if state == "pending" else "failed"


def _tell(
    connection: Connection,
    entry: OpenEntry,
    telling: Telling,
    run_id: str,
    now: datetime,
    fetch_id: int | None,
    window: timedelta,
) -> tuple[Revision, datetime | None]:
    """The revision, and when what it had to leave out may be told."""
    wait_until = None
    new_id = story_id(telling.url)
    url = canonical_url(entry.entry.url or "")
    addresses = {new_id} | ({story_id(url)} if url else set())
    old = _known_story(connection, entry, addresses)
    if old is not None:
        revision, wait_until = retell_page(connection, old, telling, run_id, now, fetch_id, window)
    else:
        revision = _save(connection, begin(new_id, telling, now), telling, run_id, now, fetch_id, window)
    stories.link(connection, addresses, revision.story.id)
    return revision, wait_until


def retell_page(
    connection: Connection,
    old: Story,
    telling: Telling,
    run_id: str,
    now: datetime,
    fetch_id: int | None,
    window: timedelta = WINDOW,
) -> tuple[Revision, datetime | None]:
    """Let what a page or feed says now change a known story; returns also when a text that came too soon may be told.

    Inside the caller's transaction.
    """
    told = stories.told_before(connection, old.id, old.version) if telling.text != old.text else None
    held = held_back(old, telling, told[0], told[1] == telling.rules_digest, now) if told else None
    telling, wait_until = (held.telling, held.until) if held else (telling, None)
    return retell(connection, old, telling, run_id, now, fetch_id, window), wait_until


def retell(
    connection: Connection,
    old: Story,
    telling: Telling,
    run_id: str,
    now: datetime,
    fetch_id: int | None,
    window: timedelta = WINDOW,
) -> Revision:
    """Let a telling change a known story, inside the caller's transaction."""
    revision = _save(connection, revise(old, telling, now), telling, run_id, now, fetch_id, window)
    if revision.story.sources != old.sources:
        clusters.tell_head(connection, revision.story, now)
    return revision


def _save(
    connection: Connection,
    revision: Revision,
    telling: Telling,
    run_id: str,
    now: datetime,
    fetch_id: int | None,
    window: timedelta,
) -> Revision:
    story = revision.story
    if revision.new_version:
        with during("fold"):
            revision = replace(revision, story=_folded(connection, story, telling, now, window))
    if revision.changed:
        stories.save(connection, revision, telling, run_id, now, fetch_id)
    if revision.new_version:
        with during("fold"):
            is_first = revision.outcome == "created"
            bands.keep(connection, story.id, story.first_seen_at, telling.signature, is_first=is_first)
    return revision


def _folded(connection: Connection, story: Story, telling: Telling, now: datetime, window: timedelta) -> Story:
    """The story in the cluster where its new text belongs; those that it leaves or overtakes are moved."""
    imprint = Imprint(story.sources[0], story.first_seen_at, telling.signature)
    # A story that has just begun is a cluster of its own, which nobody else can be in.
    mates = bands.mates(connection, story.id, story.cluster_id, MAX_COMPARED) if story.version > 1 else []
    candidates = bands.candidates(connection, story.id, telling.signature)
    cluster_id = cluster_for(story, imprint, mates, candidates, window)
    if cluster_id is not None:
        if mates:
            clusters.leave(connection, story, now)
        story = clusters.join(connection, story, cluster_id, now)
    places = alike(imprint, [peer.imprint for peer in candidates], window)
    return _bridged(connection, story, [candidates[place].story_id for place in places], now)


def _bridged(connection: Connection, story: Story, like: list[str], now: datetime) -> Story:
    """Clusters with texts that this one is like are one, also where it comes late and they were two until now."""
    others = {peer.cluster_id for peer in stories.load_many(connection, like).values()} - {story.cluster_id}
    return clusters.merge(connection, story, sorted(others), now)


def _known_story(connection: Connection, entry: OpenEntry, addresses: set[str]) -> Story | None:
    candidates = [entry.story_id, *(stories.behind_url(connection, address) for address in sorted(addresses))]
    known = next((candidate for candidate in candidates if candidate is not None), None)
    return stories.load(connection, known) if known else None
