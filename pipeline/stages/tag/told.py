"""A story as topics look at it."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.stages.tag.likeness import Telling
from pipeline.stages.tag.mentions import Mention
from pipeline.stages.tag.words import Words


class Told:
    """A story as its words, read once for all topics, and weighed once when the first topic asks."""

    __slots__ = ("_telling", "text", "title")

    def __init__(self, title: str, text: str) -> None:
        self.title, self.text = Words(title), Words(text)
        self._telling: Telling | None = None

    @property
    def telling(self) -> Telling:
        """For comparison with other stories."""
        if self._telling is None:
            self._telling = Telling(self.title.forms, self.text.forms)
        return self._telling


@dataclass(frozen=True, slots=True)
class Mentions:
    """Where a story mentions the groups of one topic."""

    title: Sequence[Mention]
    text: Sequence[Mention]
