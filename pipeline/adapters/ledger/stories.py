"""Stories, their versions, and the URLs that lead to them. Saving a story also queues it for the index."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, func, select

from pipeline.adapters.ledger.codec import removed_from_json, removed_to_json, topics_from_json, topics_to_json
from pipeline.adapters.ledger.schema import outbox, stories, story_urls, versions
from pipeline.adapters.ledger.upsert import insert_new, upsert
from pipeline.model import Removal, Story, TopicScore
from pipeline.stages.revise import Revision, Telling

CHUNK = 500
PLAIN = ("id", "url", "title", "text", "summary", "language", "published_at", "first_seen_at", "updated_at")
COUNTED = ("version", "revision", "content_source", "cluster_id", "copy_of")

# Built once: each round asks these for every story, and building a statement costs more than running it.
_BY_ID = select(stories).where(stories.c.id == bindparam("wanted"))
_BY_IDS = select(stories).where(stories.c.id.in_(bindparam("wanted", expanding=True)))
_BEHIND_URL = select(story_urls.c.story_id).where(story_urls.c.url_id == bindparam("wanted"))
_NEW = stories.insert()
_NEW_VERSION = versions.insert()
_UPDATE = stories.update().where(stories.c.id == bindparam("changed"))


def load(connection: Connection, story_id: str) -> Story | None:
    row = connection.execute(_BY_ID, {"wanted": story_id}).mappings().first()
    return story_of(row) if row else None


def load_many(connection: Connection, ids: Sequence[str]) -> dict[str, Story]:
    if not ids:
        return {}
    rows = connection.execute(_BY_IDS, {"wanted": ids}).mappings()
    return {row["id"]: story_of(row) for row in rows}


def story_of(row: RowMapping) -> Story:
    return Story(
        **{name: row[name] for name in PLAIN + COUNTED},
        authors=tuple(row["authors"]),
        sources=tuple(row["sources"]),
        topics=topics_from_json(row["topics"]),
    )


def told_before(connection: Connection, story_id: str, version: int) -> tuple[datetime, str] | None:
    """When this version was told, and the digest of the rules that the story was told by last."""
    row = connection.execute(
        select(versions.c.at, stories.c.rules_digest)
        .join(stories, stories.c.id == versions.c.story_id)
        .where(versions.c.story_id == story_id, versions.c.version == version)
    ).first()
    return (row.at, row.rules_digest) if row else None


def behind_url(connection: Connection, url_id: str) -> str | None:
    """The id of the story that this canonical URL (by its id) leads to."""
    return connection.execute(_BEHIND_URL, {"wanted": url_id}).scalar()


def save(
    connection: Connection,
    revision: Revision,
    telling: Telling | None,
    run_id: str,
    now: datetime,
    fetch_id: int | None,
) -> None:
    """Write a changed story, its new version if the text changed, and queue it for delivery."""
    story = revision.story
    row: dict[str, Any] = {name: getattr(story, name) for name in PLAIN + COUNTED}
    row |= {
        "authors": list(story.authors),
        "sources": list(story.sources),
        "topics": topics_to_json(story.topics),
        "revised_run": run_id,
    }
    if telling is not None:
        row["rules_digest"] = telling.rules_digest
    if telling is not None and revision.new_version:
        row["text_digest"] = telling.signature.digest
    if telling is not None and revision.outcome == "created":
        connection.execute(_NEW, row)
    else:
        connection.execute(_UPDATE, row | {"changed": story.id})
    if telling is not None and revision.new_version:
        connection.execute(
            _NEW_VERSION,
            {
                "story_id": story.id,
                "version": story.version,
                "at": now,
                "title": story.title,
                "text": story.text,
                "content_source": story.content_source,
                "removed": removed_to_json(telling.removed),
                "rules_digest": telling.rules_digest,
                "fetch_id": fetch_id,
                "site_snapshot": telling.site_snapshot,
            },
        )
    queue(connection, [(story.id, story.revision)], now)


def queue(connection: Connection, revisions: Sequence[tuple[str, int]], now: datetime) -> None:
    """Have these stories (id, revision) delivered to the index."""
    fresh = {"queued_at": now, "attempts": 0, "problem": None, "dead": False}
    upsert(connection, outbox, [{"story_id": story, "revision": revision} | fresh for story, revision in revisions])


def link(connection: Connection, url_ids: set[str], story_id: str) -> None:
    """Remember that these canonical URLs (by their ids) lead to the story; one that leads elsewhere keeps it."""
    insert_new(connection, story_urls, [{"url_id": url_id, "story_id": story_id} for url_id in sorted(url_ids)])


def versions_of(connection: Connection, story_id: str) -> list[tuple[dict[str, Any], tuple[Removal, ...]]]:
    """All versions of a story, oldest first, each with what was removed from it."""
    rows = connection.execute(select(versions).where(versions.c.story_id == story_id).order_by(versions.c.version))
    return [
        ({key: value for key, value in row._mapping.items() if key != "removed"}, removed_from_json(row.removed))
        for row in rows
    ]


def all_revisions(connection: Connection, page: int = 5000) -> Iterator[tuple[str, int, int]]:
    """(id, revision, version) of every story, by id, read in pages so that memory stays bounded."""
    last = ""
    while True:
        rows = connection.execute(
            select(stories.c.id, stories.c.revision, stories.c.version)
            .where(stories.c.id > last)
            .order_by(stories.c.id)
            .limit(page)
        ).all()
        yield from ((row.id, row.revision, row.version) for row in rows)
        if len(rows) < page:
            return
        last = rows[-1].id


def revisions(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[int, int]]:
    """(revision, version) of those of these stories that there are."""
    found: dict[str, tuple[int, int]] = {}
    for start in range(0, len(ids), CHUNK):
        wanted = stories.c.id.in_(ids[start : start + CHUNK])
        rows = connection.execute(select(stories.c.id, stories.c.revision, stories.c.version).where(wanted))
        found |= {row.id: (row.revision, row.version) for row in rows}
    return found


def page_after(connection: Connection, after: str, size: int) -> list[Story]:
    """The next stories by id."""
    rows = connection.execute(select(stories).where(stories.c.id > after).order_by(stories.c.id).limit(size))
    return [story_of(row) for row in rows.mappings()]


def count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(stories)).scalar_one()


def note_topics(connection: Connection, story_id: str, topics: tuple[TopicScore, ...]) -> None:
    """Scores that equal the known ones but for the rules' digest, which no document shows: no new revision."""
    connection.execute(stories.update().where(stories.c.id == story_id).values(topics=topics_to_json(topics)))


def on_topic(connection: Connection, run_id: str) -> int:
    """How many of the stories that a run created or changed carry a topic."""
    rows = connection.execute(select(stories.c.topics).where(stories.c.revised_run == run_id)).scalars()
    return sum(any(topic["tagged"] for topic in topics) for topics in rows)
