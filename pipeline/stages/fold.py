"""Copies of one text are one cluster: the first story is its head, each other one names it in ``copy_of``.

For now only texts that are equal word for word are copies.
"""

import hashlib
import re
from dataclasses import dataclass, replace

from pipeline.model import Story

MIN_COPY_WORDS = 30
"""Texts shorter than this are not taken for copies of each other: two one-line notices may be equal by chance."""


@dataclass(frozen=True, slots=True)
class Head:
    """The first story of a cluster with the text at hand."""

    story_id: str
    cluster_id: str


def text_digest(text: str) -> str | None:
    """Equal for texts with the same words in the same order; ``None`` for texts too short to be told apart."""
    words = re.findall(r"\w+", text.casefold())
    return hashlib.sha256(" ".join(words).encode()).hexdigest() if len(words) >= MIN_COPY_WORDS else None


def fold(story: Story, head: Head | None) -> Story:
    """The story with its place among the copies of its text; ``head`` is another story or ``None``."""
    if head is None:
        return replace(story, cluster_id=story.id, copy_of=None)
    return replace(story, cluster_id=head.cluster_id, copy_of=head.story_id)
