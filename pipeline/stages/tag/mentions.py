"""Where a text mentions the groups of topics: plain phrases, whole words, no overlap within a topic.

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


Owners = dict[int, str]
"""Places of the topics that have a phrase, each with the group it belongs to there."""


class PhraseBook:
    """All phrases of one or several topics, found in one pass however many topics there are."""

    def __init__(self, *topics: Iterable[PhraseGroup]) -> None:
        book: dict[str, dict[int, dict[tuple[str, ...], Owners]]] = defaultdict(lambda: defaultdict(dict))
        for topic, groups in enumerate(topics):
            for group in groups:
                for phrase in group.phrases:
                    if forms := tuple(Words(phrase).forms):
                        book[forms[0]][len(forms)].setdefault(forms, {}).setdefault(topic, group.name)
        # First word → how many words, most first → the words → whose they are.
        self._phrases = {first: tuple(sorted(lengths.items(), reverse=True)) for first, lengths in book.items()}
        self._firsts = frozenset(self._phrases)
        self._foreign = any(not first.isascii() for first in book)
        self._topics = len(topics)

    def begins(self, words: Words) -> bool:
        """May a phrase stand in these words? False is certain."""
        known = self._firsts
        return not known.isdisjoint(words.distinct) or (
            self._foreign
            and any(form in known for word in words.distinct if not word.isascii() for form in forms_of(word))
        )

    def mentions(self, words: Words) -> tuple[list[Mention], ...]:
        """For each topic its mentions in ``words``, in their order and without overlap."""
        found: tuple[list[Mention], ...] = tuple([] for _ in range(self._topics))
        free = [0] * self._topics
        known, foreign = self._phrases, self._foreign
        for place, form in enumerate(words.forms):
            if form in known or (foreign and not form.isascii()):
                for end, owners in self._at(words, place, form):
                    mention = Mention("", place, end)
                    for topic, group in owners.items():
                        if free[topic] <= place:
                            if mention.group != group:  # topics that call it the same share one
                                mention = Mention(group, place, end)
                            found[topic].append(mention)
                            free[topic] = end
        return found

    def _at(self, words: Words, place: int, word: str) -> Iterable[tuple[int, Owners]]:
        """The phrases that begin at ``place``, the one that counts most first: where each ends, whose it is."""
        for form in forms_of(word):
            for length, phrases in self._phrases.get(form, ()):
                owners = phrases.get((form, *words.forms[place + 1 : place + length]))
                if owners and _joined(words, place, length):
                    yield place + length, owners


def _joined(words: Words, place: int, length: int) -> bool:
    """Do these words go on with nothing in between that parts them?"""
    return all(joins(words.between(index)) for index in range(place, place + length - 1))
