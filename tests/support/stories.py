"""A story and a telling of it, for tests that change one thing about them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from pipeline.model import Evidence, Removal, Story, TopicScore
from pipeline.stages.revise import Telling
from tests.support.exchanges import NOON

ON_TOPIC = TopicScore("israel-hezbollah", 0.91, True, (Evidence("Hezbollah", "title", 0, 9),))
OFF_TOPIC = TopicScore("sahel", 0.02, False)


def story(story_id: str = "a", **changes: Any) -> Story:
    """A stored story, first seen at noon."""
    return replace(
        Story(
            id=story_id,
            url=f"https://example.org/{story_id}",
            title="Hezbollah fires rockets",
            text="Rockets fell.\nNobody was hurt.",
            summary="Rockets fell.",
            authors=("Ada Example",),
            language="en",
            sources=("example-defence",),
            published_at=NOON - timedelta(hours=2),
            first_seen_at=NOON,
            updated_at=NOON,
            version=1,
            revision=1,
            content_source="page",
            cluster_id=story_id,
            topics=(ON_TOPIC, OFF_TOPIC),
        ),
        **changes,
    )


def telling(**changes: Any) -> Telling:
    """What the feed that brought ``story()`` first says about it, word for word the same."""
    return replace(
        Telling(
            feed_id="example-defence",
            url="https://example.org/a",
            title="Hezbollah fires rockets",
            text="Rockets fell.\nNobody was hurt.",
            summary="Rockets fell.",
            authors=("Ada Example",),
            language="en",
            published_at=NOON - timedelta(hours=2),
            content_source="page",
            topics=(ON_TOPIC, OFF_TOPIC),
            removed=(Removal("Subscribe now", "subscribe"),),
            rules_digest="rules-1",
        ),
        **changes,
    )
