"""A story as topics look at it."""

from functools import cached_property

from pipeline.stages.tag.likeness import Telling
from pipeline.stages.tag.mentions import PhraseBook
from pipeline.stages.tag.sightings import Sightings
from pipeline.stages.tag.words import Words


class Told:
    """A story as its words, read once for all topics of a ``book``; searched and weighed when the first topic asks."""

    def __init__(self, title: str, text: str, book: PhraseBook) -> None:
        self.title, self.text = Words(title), Words(text)
        self._book = book

    @cached_property
    def telling(self) -> Telling:
        """For comparison with other stories."""
        return Telling(self.title, self.text)

    @cached_property
    def sightings(self) -> Sightings:
        """Where it has phrases of the book."""
        return Sightings(self.title, self.text, self._book)
