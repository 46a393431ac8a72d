"""Clusters of stories with one text: ``cluster_id`` is the id of the head, ``copy_of`` names it on every other one."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, case, null, select, update

from pipeline.adapters.ledger import stories
from pipeline.adapters.ledger.bands import AS_THEY_ARRIVED
from pipeline.adapters.ledger.schema import stories as table
from pipeline.model import Story
from pipeline.stages.fold import arrival, headed_by


def leave(connection: Connection, story: Story, now: datetime) -> None:
    """The story goes elsewhere: if it was the head of others, the next of them to arrive takes its place."""
    others = (table.c.cluster_id == story.id, table.c.id != story.id)
    heir = connection.execute(select(table.c.id).where(*others).order_by(*AS_THEY_ARRIVED).limit(1)).scalar()
    if heir is not None:
        _move(connection, story, heir, story.id, now)


def join(connection: Connection, story: Story, cluster_id: str, now: datetime) -> Story:
    """The story with its place in that cluster. Where it arrived before the head, the others follow it instead."""
    head = stories.load(connection, cluster_id) if cluster_id != story.id else None
    if head is None or arrival(head) < arrival(story):
        return headed_by(story, cluster_id)
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
    return story


def _move(connection: Connection, story: Story, head_id: str, cluster_id: str, now: datetime) -> None:
    """All stories of a cluster but ``story`` get another head; each is a new revision for the index."""
    moved = connection.execute(
        update(table)
        .where(table.c.cluster_id == cluster_id, table.c.id != story.id)
        .values(
            cluster_id=head_id,
            copy_of=case((table.c.id == head_id, null()), else_=head_id),
            revision=table.c.revision + 1,
        )
        .returning(table.c.id, table.c.revision)
    ).all()
    stories.queue(connection, [(row.id, row.revision) for row in moved], now)
