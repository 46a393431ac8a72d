"""Clusters of stories with one text: ``cluster_id`` is the id of the head, ``copy_of`` names it on every other one.

The head's document tells of its copies (``copies_of``), so whatever changes them is a new revision of the head.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, null, select, update

from pipeline.adapters.ledger import stories
from pipeline.adapters.ledger.bands import AS_THEY_ARRIVED
from pipeline.adapters.ledger.schema import stories as table
from pipeline.model import Story
from pipeline.stages.document import Copies
from pipeline.stages.fold import arrival, headed_by

CHUNK = 500


def copies_of(connection: Connection, told: Sequence[Story]) -> dict[str, Copies]:
    """What the heads among these stories know of their copies; those without are left out."""
    heads = [story.id for story in told if story.copy_of is None]
    counts: dict[str, int] = {}
    sources: dict[str, dict[str, None]] = {}
    for start in range(0, len(heads), CHUNK):
        copies = table.c.cluster_id.in_(heads[start : start + CHUNK]) & (table.c.id != table.c.cluster_id)
        rows = select(table.c.cluster_id, table.c.sources).where(copies).order_by(*AS_THEY_ARRIVED)
        for row in connection.execute(rows):
            counts[row.cluster_id] = counts.get(row.cluster_id, 0) + 1
            sources.setdefault(row.cluster_id, {}).update(dict.fromkeys(row.sources))
    return {head: Copies(count, tuple(sources[head])) for head, count in counts.items()}


def tell_head(connection: Connection, story: Story, now: datetime) -> None:
    """What the head of this story's cluster knows of its copies has changed: a new revision for the index."""
    if story.cluster_id != story.id:
        _revise(connection, table.c.id == story.cluster_id, now)


def leave(connection: Connection, story: Story, now: datetime) -> None:
    """The story goes elsewhere: if it was the head of others, the next of them to arrive takes its place."""
    tell_head(connection, story, now)
    others = (table.c.cluster_id == story.id, table.c.id != story.id)
    heir = connection.execute(select(table.c.id).where(*others).order_by(*AS_THEY_ARRIVED).limit(1)).scalar()
    if heir is not None:
        _move(connection, story, heir, story.id, now)


def join(connection: Connection, story: Story, cluster_id: str, now: datetime) -> Story:
    """The story with its place in that cluster. Where it arrived before the head, the others follow it instead."""
    head = stories.load(connection, cluster_id) if cluster_id != story.id else None
    if head is None or arrival(head) < arrival(story):
        story = headed_by(story, cluster_id)
        tell_head(connection, story, now)
        return story
    _move(connection, story, story.id, cluster_id, now)
    return headed_by(story, story.id)


def merge(connection: Connection, story: Story, cluster_ids: Iterable[str], now: datetime) -> Story:
    """The story in one cluster with all of these: it is like a text of each, so they are one after all.

    The head that arrived first stays.
    """
    for cluster_id in cluster_ids:
        own, other = stories.load(connection, story.cluster_id), stories.load(connection, cluster_id)
        own_head = own if own is not None and own.id != story.id else story
        if other is None or arrival(own_head) < arrival(other):
            _move(connection, story, story.cluster_id, cluster_id, now)
        else:
            _move(connection, story, cluster_id, story.cluster_id, now)
            story = headed_by(story, cluster_id)
        tell_head(connection, story, now)
    return story


def _move(connection: Connection, story: Story, head_id: str, cluster_id: str, now: datetime) -> None:
    """All stories of a cluster but ``story`` get another head; each is a new revision for the index."""
    copy_of = case((table.c.id == head_id, null()), else_=head_id)
    others = (table.c.cluster_id == cluster_id) & (table.c.id != story.id)
    _revise(connection, others, now, cluster_id=head_id, copy_of=copy_of)


def _revise(connection: Connection, which: ColumnElement[bool], now: datetime, **changes: Any) -> None:
    changed = connection.execute(
        update(table)
        .where(which)
        .values(revision=table.c.revision + 1, **changes)
        .returning(table.c.id, table.c.revision)
    ).all()
    stories.queue(connection, [(row.id, row.revision) for row in changed], now)
