"""Which stories of a round are news to somebody who follows a topic, and how a chat is told of them."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipeline.model import Story
from pipeline.stages.document import iso

MAX_PHRASES = 10
LISTED = 20
"""Stories that the text of a message names; all of them stand beside the text."""
TITLE_LENGTH = 300
# Chats take <…> for links, <!channel> and @channel for calls to everybody; a headline may do none of that.
UNCALLED = str.maketrans({"<": "‹", ">": "›", "@": "@\u200b"})


@dataclass(frozen=True, slots=True)
class Alert:
    """A story as it was when it was first seen to be on a topic."""

    topic: str
    story_id: str
    url: str
    title: str
    summary: str
    score: float
    evidence: tuple[str, ...]
    sources: tuple[str, ...]
    authors: tuple[str, ...]
    published_at: datetime | None
    updated_at: datetime


def new_alerts(stories: Iterable[Story], told: Mapping[str, Set[str]]) -> tuple[Alert, ...]:
    """One alert for each topic of each story that is no copy, except for the ids already ``told`` of that topic.

    The most certain first. A story that comes to its topic with a later version is news, too.
    """
    found = [
        _alert(story, score.topic, score.score, tuple(dict.fromkeys(item.phrase for item in score.evidence)))
        for story in stories
        if story.copy_of is None
        for score in story.topics
        if score.tagged and story.id not in told.get(score.topic, frozenset())
    ]
    return tuple(sorted(found, key=lambda alert: (alert.topic, -alert.score, alert.story_id)))


def _alert(story: Story, topic: str, score: float, phrases: tuple[str, ...]) -> Alert:
    return Alert(
        topic=topic,
        story_id=story.id,
        url=story.url,
        title=story.title,
        summary=story.summary,
        score=score,
        evidence=phrases[:MAX_PHRASES],
        sources=story.sources,
        authors=story.authors,
        published_at=story.published_at,
        updated_at=story.updated_at,
    )


def message(run_id: str, alerts: Sequence[Alert], names: Mapping[str, str]) -> dict[str, Any]:
    """What the webhook gets: ``text`` for people, ``stories`` for programs. ``names`` are those of the topics."""
    return {"run_id": run_id, "text": _text(alerts, names), "stories": [_row(alert) for alert in alerts]}


def _text(alerts: Sequence[Alert], names: Mapping[str, str]) -> str:
    lines: list[str] = []
    for topic in dict.fromkeys(alert.topic for alert in alerts):
        of_topic = [alert for alert in alerts if alert.topic == topic]
        count = "1 new story" if len(of_topic) == 1 else f"{len(of_topic)} new stories"
        lines.append(f"{count} on {names.get(topic, topic)}")
        lines += [f"{alert.score:.2f} {_harmless(alert.title)} {alert.url}" for alert in of_topic[:LISTED]]
        lines += [f"and {len(of_topic) - LISTED} more"] if len(of_topic) > LISTED else []
    return "\n".join(lines)


def _harmless(title: str) -> str:
    return " ".join(title[:TITLE_LENGTH].split()).translate(UNCALLED)


def _row(alert: Alert) -> dict[str, Any]:
    return {
        "topic": alert.topic,
        "id": alert.story_id,
        "title": alert.title,
        "url": alert.url,
        "summary": alert.summary,
        "score": alert.score,
        "evidence": list(alert.evidence),
        "sources": list(alert.sources),
        "published_at": iso(alert.published_at) if alert.published_at else None,
    }
