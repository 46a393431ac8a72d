"""Where a text mentions a topic's groups: plain phrases, whole words, no overlap.

The phrase that begins first takes its words; of two that begin at the same word, the longer one.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.stages.tag.words import Word, forms_of, joins, words_of
from pipeline.topic import PhraseGroup


@dataclass(frozen=True, slots=True)
class Mention:
    """A phrase of ``group`` in words ``first`` up to, not including, ``end`` of a text."""

    group: str
    first: int
    end: int


Phrase = tuple[tuple[str, ...], str]
"""Folded words and the name of the group they belong to."""


class PhraseBook:
    """All phrases of a topic, found by their first word."""

    def __init__(self, groups: Iterable[PhraseGroup]) -> None:
        book: dict[str, list[Phrase]] = defaultdict(list)
        for group in groups:
            for phrase in group.phrases:
                forms = tuple(word.form for word in words_of(phrase))
                if forms:
                    book[forms[0]].append((forms, group.name))
        self._phrases = {first: tuple(sorted(found, key=_longest_first)) for first, found in book.items()}

    def mentions(self, text: str, words: Sequence[Word]) -> list[Mention]:
        """The mentions in ``text``, whose words are ``words``, in their order and without overlap."""
        found: list[Mention] = []
        free = 0
        for place, word in enumerate(words):
            if place >= free and (mention := self._mention_at(text, words, place, word)):
                found.append(mention)
                free = mention.end
        return found

    def _mention_at(self, text: str, words: Sequence[Word], place: int, word: Word) -> Mention | None:
        for form in forms_of(word.form):
            for forms, group in self._phrases.get(form, ()):
                if len(forms) == 1 or _continues(text, words, place, forms):
                    return Mention(group, place, place + len(forms))
        return None


def _longest_first(phrase: Phrase) -> int:
    return -len(phrase[0])


def _continues(text: str, words: Sequence[Word], place: int, forms: tuple[str, ...]) -> bool:
    """Do the words after ``place`` go on as the phrase does, with nothing in between that parts them?"""
    here = words[place : place + len(forms)]
    return [word.form for word in here[1:]] == list(forms[1:]) and all(
        joins(text[left.end : right.start]) for left, right in pairwise(here)
    )
