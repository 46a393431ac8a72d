"""Ledger and index held against each other, in batches: memory stays bounded, however many stories there are."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice

from pipeline.adapters.ledger import marks, outbox, stories
from pipeline.adapters.ledger.database import Ledger
from pipeline.adapters.search_index.client import SearchIndex
from pipeline.adapters.search_index.records import IndexedVersion

BATCH = 5000


@dataclass(slots=True)
class Difference:
    """What was counted, and the ids of what differs."""

    stories: int = 0
    documents: int = 0
    missing: list[str] = field(default_factory=list)
    """Stories that the index does not hold."""
    extra: list[str] = field(default_factory=list)
    """Documents that the ledger does not know."""
    stale: list[str] = field(default_factory=list)
    """Documents that are not their story's newest, or that would keep its next revision out."""
    ahead: list[str] = field(default_factory=list)
    """Of the stale ones, those that no revision of the story can replace before they are removed."""


def difference(ledger: Ledger, index: SearchIndex) -> Difference:
    """Look at every document, and at every story if some have none."""
    index.refresh()
    found = Difference()
    known = 0
    held = index.held()
    while batch := list(islice(held, BATCH)):
        found.documents += len(batch)
        known += _look_at(ledger, batch, found)
    with ledger.read() as connection:
        found.stories = stories.count(connection)
    if found.stories != known:
        found.missing.extend(_missing(ledger, index))
    return found


def _look_at(ledger: Ledger, batch: list[IndexedVersion], found: Difference) -> int:
    """Returns how many of the documents belong to a story."""
    with ledger.read() as connection:
        revisions = stories.revisions(connection, [item.story_id for item in batch])
    for item in batch:
        story = revisions.get(item.story_id)
        if story is None:
            found.extra.append(item.story_id)
        elif (*story, story[0]) != (item.revision, item.version, item.bar):
            found.stale.append(item.story_id)
            if max(item.revision, item.bar) > story[0]:
                found.ahead.append(item.story_id)
    return len(revisions)


def _missing(ledger: Ledger, index: SearchIndex) -> Iterator[str]:
    with ledger.read() as connection:
        ids = (story_id for story_id, _, _ in stories.all_revisions(connection))
        while batch := list(islice(ids, BATCH)):
            present = index.present(batch)
            yield from (story_id for story_id in batch if story_id not in present)


def end_rebuild(ledger: Ledger, index: SearchIndex) -> int | None:
    """Queue what a rebuilt index has missed while it was filled; returns how many, ``None`` where none was left so.

    A rebuild leaves its mark before the aliases move. Whoever delivers next finds it, if the rebuild was killed.
    """
    with ledger.read() as connection:
        mark = marks.found(connection, marks.REBUILD)
    if mark is None or index.serving() != mark["index"]:
        return None
    found = difference(ledger, index)
    behind = (*found.missing, *found.stale)
    with ledger.write() as connection:
        # To the microsecond: by this moment a delivery that is under way tells that its rows were queued again.
        outbox.queue_again(connection, behind, datetime.now(UTC))
        marks.clear(connection, marks.REBUILD, mark)
    return len(behind)
