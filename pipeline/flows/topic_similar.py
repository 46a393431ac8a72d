"""``topic similar``: the indexed stories by likeness to a given one, with the words that make them alike.

Elasticsearch chooses the candidates; how alike they are is measured here, against news at large, so that the figure
means the same whatever the index holds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pipeline.config.background import load_background
from pipeline.flows.index import open_index
from pipeline.flows.topic_story import ToldStory, read_story
from pipeline.settings import Settings
from pipeline.stages.identify import canonical_url, story_id
from pipeline.stages.tag.background import Background, likeness, telling_words
from pipeline.stages.tag.words import Words

CANDIDATES = 200
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Similar:
    """One indexed story. ``score``: 0 to 1; ``reasons``: shared words, each with its share in the score."""

    id: str
    score: float
    reasons: tuple[tuple[str, float], ...]
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SimilarStories:
    """Most alike first; the given story itself is none of them."""

    story: ToldStory
    hits: tuple[Similar, ...]


def similar(settings: Settings, place: str, say: Say, *, size: int = 10, copies: bool = False) -> SimilarStories:
    """Raises what ``read_story`` raises, and ``ServerUnreachable``, ``NodeFailed``, ``CannotRun`` without an index."""
    story, background = read_story(settings, place), load_background()
    own = _words(story.title, story.text, background)
    url = canonical_url(story.url) if story.url else None
    itself = story_id(url) if url else None
    with open_index(settings, say) as index:
        candidates = index.alike(story.title, story.text, size=max(CANDIDATES, size + 1), copies=copies)
    hits = [_compared(hit.id, hit.document, own, background) for hit in candidates if hit.id != itself]
    ranked = sorted((hit for hit in hits if hit.score), key=lambda hit: (-hit.score, hit.id))
    return SimilarStories(story, tuple(ranked[:size]))


def _compared(found: str, document: dict[str, Any], own: dict[str, float], background: Background) -> Similar:
    other = _words(document.get("title", ""), document.get("text", ""), background)
    likely = likeness(own, other)
    shown = {name: value for name, value in document.items() if name != "text"}
    return Similar(found, likely.score, likely.reasons, shown)


def _words(title: str, text: str, background: Background) -> dict[str, float]:
    """The headline counts twice."""
    headline = Words(title).forms
    return telling_words([*headline, *headline, *Words(text).forms], background)
