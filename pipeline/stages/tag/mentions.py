"""Where a text mentions a topic's groups: plain phrases, whole words, no overlap.

The phrase that begins first takes its words; of two that begin at the same word, the longer one.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from pipeline.stages.tag.words import Words, forms_of, joins
from pipeline.topic import PhraseGroup


class Mention(NamedTuple):
    """A phrase of ``group`` in words ``first`` up to, not including, ``end`` of a text."""

    group: str
    first: int
    end: int


Phrase = tuple[tuple[str, ...], int, str]
"""Folded words, how many they are, and the name of the group they belong to."""


class PhraseBook:
    """All phrases of a topic, found by their first word."""

    def __init__(self, groups: Iterable[PhraseGroup]) -> None:
        book: dict[str, list[Phrase]] = defaultdict(list)
        for group in groups:
            for phrase in group.phrases:
                forms = tuple(Words(phrase).forms)
                if forms:
                    book[forms[0]].append((forms, len(forms), group.name))
        self._phrases = {first: tuple(sorted(found, key=_longest_first)) for first, found in book.items()}
        self._firsts = frozenset(self._phrases)
        self._foreign = any(not first.isascii() for first in book)

    def begins(self, words: Words) -> bool:
        """May a phrase stand in these words? False is certain."""
        known = self._firsts
        return not known.isdisjoint(words.distinct) or (
            self._foreign
            and any(form in known for word in words.distinct if not word.isascii() for form in forms_of(word))
        )

    def mentions(self, words: Words) -> list[Mention]:
        """The mentions in ``words``, in their order and without overlap."""
        found: list[Mention] = []
        known, foreign, free = self._phrases, self._foreign, 0
        for place, form in enumerate(words.forms):
            if place < free or not (form in known or (foreign and not form.isascii())):
                continue
            if mention := self._mention_at(words, place, form):
                found.append(mention)
                free = mention.end
        return found

    def _mention_at(self, words: Words, place: int, word: str) -> Mention | None:
        for form in forms_of(word):
            for forms, length, group in self._phrases.get(form, ()):
                if length == 1 or _continues(words, place, forms, length):
                    return Mention(group, place, place + length)
        return None


def _longest_first(phrase: Phrase) -> int:
    return -phrase[1]


def _continues(words: Words, place: int, forms: tuple[str, ...], length: int) -> bool:
    """Do the words after ``place`` go on as the phrase does, with nothing in between that parts them?"""
    if tuple(words.forms[place + 1 : place + length]) != forms[1:]:
        return False
    return all(joins(words.between(index)) for index in range(place, place + length - 1))
