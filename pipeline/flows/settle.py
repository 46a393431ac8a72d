"""The transaction that settles one entry: the fetch behind it, its story, its state, and the row for the index."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pipeline.adapters.ledger import bands, clusters, entries, runs, stories
from pipeline.adapters.ledger.database import Connection
from pipeline.adapters.ledger.entries import OpenEntry
from pipeline.model import FetchFailure, Outcome, RecordRef, Story
from pipeline.stages.fold import MAX_COMPARED, Imprint, cluster_for
from pipeline.stages.identify import canonical_url, story_id
from pipeline.stages.revise import Revision, Telling, begin, join, revise
from pipeline.stages.verdict import Verdict, verdict


@dataclass(frozen=True, slots=True)
class Work:
    """What the round found out about one entry; ``fetch`` holds the columns of its row in the fetch log, if any."""

    entry: OpenEntry
    telling: Telling | None
    failure: FetchFailure | None = None
    fetch: dict[str, Any] | None = None
    retry_after: timedelta | None = None


def settle(connection: Connection, work: Work, ref: RecordRef | None, run_id: str, now: datetime) -> None:
    """Write all that follows from ``work``, inside the caller's transaction."""
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
    told = _tell(connection, work.entry, work.telling, run_id, now, fetch_id) if work.telling else None
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
    entries.settle(connection, entry.id, run_id, state="stored", outcome=revision.outcome, story=story.id)
    return True


def _unfinished(state: str) -> Outcome:
    return "pending" if state == "pending" else "failed"


def _tell(
    connection: Connection, entry: OpenEntry, telling: Telling, run_id: str, now: datetime, fetch_id: int | None
) -> Revision:
    new_id = story_id(telling.url)
    url = canonical_url(entry.entry.url or "")
    addresses = {new_id} | ({story_id(url)} if url else set())
    old = _known_story(connection, entry, addresses)
    if old is not None:
        revision = retell(connection, old, telling, run_id, now, fetch_id)
    else:
        revision = _save(connection, begin(new_id, telling, now), telling, run_id, now, fetch_id)
    stories.link(connection, addresses, revision.story.id)
    return revision


def retell(
    connection: Connection, old: Story, telling: Telling, run_id: str, now: datetime, fetch_id: int | None
) -> Revision:
    """Let a telling change a known story, inside the caller's transaction."""
    return _save(connection, revise(old, telling, now), telling, run_id, now, fetch_id)


def _save(
    connection: Connection, revision: Revision, telling: Telling, run_id: str, now: datetime, fetch_id: int | None
) -> Revision:
    story = revision.story
    if revision.new_version:
        revision = replace(revision, story=_folded(connection, story, telling, now))
    if revision.changed:
        stories.save(connection, revision, telling, run_id, now, fetch_id)
    if revision.new_version:
        bands.keep(connection, story.id, story.first_seen_at, telling.signature)
    return revision


def _folded(connection: Connection, story: Story, telling: Telling, now: datetime) -> Story:
    """The story in the cluster where its new text belongs; those that it leaves or overtakes are moved."""
    imprint = Imprint(story.sources[0], story.first_seen_at, telling.signature)
    mates = bands.mates(connection, story.id, story.cluster_id, MAX_COMPARED)
    cluster_id = cluster_for(story, imprint, mates, bands.candidates(connection, story.id, telling.signature))
    if cluster_id is None:
        return story
    if mates:
        clusters.leave(connection, story, now)
    return clusters.join(connection, story, cluster_id, now)


def _known_story(connection: Connection, entry: OpenEntry, addresses: set[str]) -> Story | None:
    candidates = [entry.story_id, *(stories.behind_url(connection, address) for address in sorted(addresses))]
    known = next((candidate for candidate in candidates if candidate is not None), None)
    return stories.load(connection, known) if known else None
