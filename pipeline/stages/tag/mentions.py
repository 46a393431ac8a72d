"""Where a text mentions the groups of topics: plain phrases, whole words, no overlap within a topic.

The phrase that begins first takes its words; of two that begin at the same word, the longer one.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pipeline.stages.tag.words import Words, forms_of, joins
from pipeline.topic import PhraseGroup


class Owners:
    """The groups that have one phrase, as columns of the book: at most one group of each topic."""

    __slots__ = ("columns",)

    def __init__(self) -> None:
        self.columns: list[int] = []


class Spot(NamedTuple):
    """Words ``first`` up to, not including, ``end`` of a text that are a phrase of somebody's."""

    first: int
    end: int
    owners: Owners


class PhraseBook:
    """All phrases of one or several topics, found in one pass however many topics there are.

    The groups of all topics, one topic after the other, are its columns.
    """

    def __init__(self, *topics: Sequence[PhraseGroup]) -> None:
        book: dict[str, dict[int, dict[tuple[str, ...], Owners]]] = defaultdict(lambda: defaultdict(dict))
        self.columns = 0
        for groups in topics:
            taken: set[tuple[str, ...]] = set()
            for column, group in enumerate(groups, start=self.columns):
                for forms in {tuple(Words(phrase).forms) for phrase in group.phrases} - taken - {()}:
                    book[forms[0]][len(forms)].setdefault(forms, Owners()).columns.append(column)
                    taken.add(forms)
            self.columns += len(groups)
        # First word → how many words, most first → the words → whose they are.
        self._phrases = {first: tuple(sorted(lengths.items(), reverse=True)) for first, lengths in book.items()}
        self._firsts = frozenset(self._phrases)
        self._foreign = any(not first.isascii() for first in book)

    def begins(self, words: Words) -> bool:
        """May a phrase stand in these words? False is certain."""
        known = self._firsts
        return not known.isdisjoint(words.distinct) or (
            self._foreign
            and any(form in known for word in words.distinct if not word.isascii() for form in forms_of(word))
        )

    def spots(self, words: Words) -> list[Spot]:
        """Every phrase in ``words``, overlapping ones too: by their first words, the one that counts most first."""
        known, foreign = self._phrases, self._foreign
        return [
            spot
            for place, form in enumerate(words.forms)
            if form in known or (foreign and not form.isascii())
            for spot in self._at(words, place, form)
        ]

    def _at(self, words: Words, place: int, word: str) -> Iterator[Spot]:
        for form in forms_of(word):
            for length, phrases in self._phrases.get(form, ()):
                owners = phrases.get((form, *words.forms[place + 1 : place + length]))
                if owners and _joined(words, place, length):
                    yield Spot(place, place + length, owners)


def holds_together(phrase: Words) -> bool:
    """Can these words be found at all? A comma or a full stop with a blank parts words, in a phrase as in a text."""
    return len(phrase) > 0 and _joined(phrase, 0, len(phrase))


def _joined(words: Words, place: int, length: int) -> bool:
    """Do these words go on with nothing in between that parts them?"""
    return all(joins(words.between(index)) for index in range(place, place + length - 1))
