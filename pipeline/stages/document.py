"""Story → the document that Elasticsearch holds, field by field as the contract says.

``indexed_at`` is missing here: only delivery knows the moment.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pipeline.model import Story, TopicScore


@dataclass(frozen=True, slots=True)
class Copies:
    """What the head of a cluster knows of the others: how many there are, and the feeds that brought them."""

    count: int
    sources: tuple[str, ...]


def document(story: Story, copies: Copies | None = None) -> dict[str, Any]:
    """The document with its ``_id``, ready for JSON; times are ISO 8601 in UTC with Z. What is unknown is left out.

    ``sources`` of a head names the feeds of its ``copies`` as well, so that it is found by each outlet that told it.
    """
    known = {
        "_id": story.id,
        "url": story.url,
        "title": story.title,
        "text": story.text,
        "summary": story.summary or None,
        "authors": list(story.authors),
        "language": story.language,
        "source": story.sources[0],
        "sources": list(dict.fromkeys((*story.sources, *(copies.sources if copies else ())))),
        "published_at": iso(story.published_at) if story.published_at else None,
        "@timestamp": iso(timestamp(story)),
        "updated_at": iso(story.updated_at),
        "first_seen_at": iso(story.first_seen_at),
        "version": story.version,
        "revision": story.revision,
        "content_source": story.content_source,
        "topics": [topic.topic for topic in story.topics if topic.tagged],
        "topic_scores": {topic.topic: topic.score for topic in story.topics},
        "topic_evidence": _phrases(story.topics),
        "cluster_id": story.cluster_id,
        "copy_of": story.copy_of,
        "copies": copies.count if copies else None,
    }
    return {name: value for name, value in known.items() if value is not None}


def timestamp(story: Story) -> datetime:
    """``published_at`` if known and not in the future, else ``first_seen_at``.

    A stage has no clock, so "the future" is what lies after the round that changed the story last (``updated_at``, or
    ``first_seen_at`` where a replayed round ran on an earlier clock). The wall clock would also date a story
    differently each time its index is rebuilt from the ledger.
    """
    last_look = max(story.updated_at, story.first_seen_at)
    published = story.published_at
    return published if published is not None and published <= last_look else story.first_seen_at


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with Z; a fraction only where there is one."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _phrases(topics: tuple[TopicScore, ...]) -> list[str]:
    """Every phrase that decided about a topic, once, in the order in which the topics give them."""
    return list(dict.fromkeys(found.phrase for topic in topics for found in topic.evidence))
