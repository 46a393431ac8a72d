"""What ``reprocess`` needs of the ledger: stories told under other rules, and where their pages lie."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, or_, select, update
from sqlalchemy.sql import ColumnElement

from pipeline.adapters.ledger import site_blocks
from pipeline.adapters.ledger.codec import entry_from_json, removed_from_json
from pipeline.adapters.ledger.schema import entries, fetches, stories, versions
from pipeline.model import Entry, RecordRef, Removal
from pipeline.stages.clean import NOTHING_FAMILIAR, Familiar


@dataclass(frozen=True, slots=True)
class Source:
    """What a story's newest version was told from. ``page`` is None where there was no page, or it was pruned."""

    story_id: str
    url: str
    version: int
    feed_id: str
    entry: Entry
    page: RecordRef | None
    fetch_id: int | None
    content_from_page: bool
    familiar: Familiar = NOTHING_FAMILIAR
    """What was known of the page's site when the version was told."""
    removed: tuple[Removal, ...] = ()
    """What was taken off the version."""


def count(connection: Connection, digest: str, since: datetime | None) -> int:
    """How many stories were told under other rules than ``digest`` (and changed at or after ``since``)."""
    wanted = _told_otherwise(digest, since)
    return connection.execute(select(func.count()).select_from(stories).where(wanted)).scalar_one()


def page_after(
    connection: Connection, digest: str, since: datetime | None, after: str, size: int
) -> list[Source | str]:
    """The next of these stories by id; the id alone where no entry leads to the story any more."""
    told = select(versions.c.story_id, func.max(versions.c.version).label("newest")).group_by(versions.c.story_id)
    newest = told.subquery()
    rows = connection.execute(
        select(
            stories,
            versions.c.site_snapshot,
            versions.c.removed,
            fetches.c.id.label("fetch_id"),
            fetches.c.entry_id,
            fetches.c.file,
            fetches.c.offset,
        )
        .join(newest, newest.c.story_id == stories.c.id)
        .join(versions, and_(versions.c.story_id == stories.c.id, versions.c.version == newest.c.newest))
        .outerjoin(fetches, fetches.c.id == versions.c.fetch_id)
        .where(_told_otherwise(digest, since), stories.c.id > after)
        .order_by(stories.c.id)
        .limit(size)
    ).all()
    return [_source(connection, row) or row.id for row in rows]


def stamp(connection: Connection, story_id: str, digest: str) -> None:
    """The story is what the rules of ``digest`` make of it."""
    connection.execute(update(stories).where(stories.c.id == story_id).values(rules_digest=digest))


def _told_otherwise(digest: str, since: datetime | None) -> ColumnElement[bool]:
    other = stories.c.rules_digest != digest
    return other if since is None else and_(other, stories.c.updated_at >= since)


def _source(connection: Connection, row) -> Source | None:  # type: ignore[no-untyped-def]
    """The entry behind the fetch, else the first one of the feed that brought the story."""
    entry = connection.execute(
        select(entries.c.feed_id, entries.c.item)
        .where(or_(entries.c.id == row.entry_id, entries.c.story_id == row.id))
        .order_by(entries.c.id != (row.entry_id or 0), entries.c.feed_id != row.sources[0], entries.c.id)
        .limit(1)
    ).first()
    if entry is None:
        return None
    return Source(
        story_id=row.id,
        url=row.url,
        version=row.version,
        feed_id=entry.feed_id,
        entry=entry_from_json(entry.item),
        page=RecordRef(row.file, row.offset) if row.file is not None else None,
        fetch_id=row.fetch_id,
        content_from_page=row.content_source == "page",
        familiar=site_blocks.snapshot(connection, row.site_snapshot),
        removed=removed_from_json(row.removed),
    )
