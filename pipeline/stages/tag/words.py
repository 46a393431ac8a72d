"""Words of a text with their places, folded so that spelling habits of writers do not matter."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from pipeline.stages.typesetting import ascii_words, without_typesetting

# Marks that stand on letters (accents, Hebrew points, Arabic vowels), and soft hyphens.
_MARKS = r"\u00ad\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670"
# Letters and digits, then the marks that stand on them.
WORD = re.compile(rf"[^\W_]+(?:[{_MARKS}]+[^\W_]*)*")
# The same for plain ASCII, which is found three times as fast.
ASCII_WORD = re.compile(r"[0-9A-Za-z]+")
# What may stand between two words of one phrase: a blank, a line break, a hyphen, a stroke, an apostrophe; no full stop
# or comma with a blank, which end the phrase. Invisible joiners and direction marks come along.
JOINT = re.compile(r"[\u200b-\u200f]*(?:\s{1,2}|[-‐‑–'’./׳״\"]|[\u200b-\u200f])[\u200b-\u200f]*")
# A soft hyphen says where a word may be broken, a tatweel stretches an Arabic one: no part of its spelling.
UNSPOKEN = frozenset("\u00ad\u0640")

# Hebrew and Arabic write "and", "in", "to", "from", "the" as letters before the word.
HEBREW_PREFIX = frozenset("והבלמשכ")
ARABIC_PREFIX = frozenset("وفبلكا")
LONGEST_PREFIX = 4
LONGEST_KEPT = 64
"""Words whose folded form is remembered; longer ones are nobody's."""


class Word(NamedTuple):
    """A word at ``[start, end)`` (code points) and its folded form."""

    start: int
    end: int
    form: str


class Words:
    """The words of ``text``: their folded forms at once, their places when somebody asks.

    A story has hundreds of words, and only the few of its evidence are ever shown.
    """

    __slots__ = ("_bare", "_distinct", "_spans", "forms", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._bare = bare = without_typesetting(text)
        # Most lines are ASCII even where the text is not.
        self.forms = [form for line in bare.split("\n") for form in _forms(line)]
        self._spans: list[tuple[int, int]] | None = None
        self._distinct: frozenset[str] | None = None

    def __len__(self) -> int:
        return len(self.forms)

    @property
    def spans(self) -> list[tuple[int, int]]:
        """``[start, end)`` of each word, in code points."""
        if self._spans is None:
            finder = ASCII_WORD if self._bare.isascii() else WORD
            self._spans = [
                found.span() for found in finder.finditer(self._bare) if (word := found[0]).isascii() or fold(word)
            ]
        return self._spans

    @property
    def distinct(self) -> frozenset[str]:
        """Each form once."""
        if self._distinct is None:
            self._distinct = frozenset(self.forms)
        return self._distinct

    def between(self, place: int) -> str:
        """The characters between the word at ``place`` and the next."""
        return self.text[self.spans[place][1] : self.spans[place + 1][0]]


def words_of(text: str) -> list[Word]:
    """The words of ``text`` in their order; what folds to nothing is none."""
    words = Words(text)
    return [Word(start, end, form) for (start, end), form in zip(words.spans, words.forms, strict=True)]


def _forms(line: str) -> list[str]:
    if line.isascii():
        return ascii_words(line.lower())
    return [form for word in WORD.findall(line) if (form := fold(word))]


def fold(word: str) -> str:
    """Lower case, without accents, vowel points and stretching, presentation forms made plain (NFKD)."""
    if word.isascii():
        return word.lower()
    return _folded(word) if len(word) <= LONGEST_KEPT else _fold(word)


def _fold(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word)
    return "".join(
        letter for letter in plain if not unicodedata.combining(letter) and letter not in UNSPOKEN
    ).casefold()


_folded = lru_cache(maxsize=5_000)(_fold)


def forms_of(word: str) -> tuple[str, ...]:
    """A folded word, then without the particles that Hebrew and Arabic write at its front."""
    if word.isascii():
        return (word,)
    particles = HEBREW_PREFIX if word[:1] in HEBREW_PREFIX else ARABIC_PREFIX
    forms = [word]
    for cut in range(1, LONGEST_PREFIX + 1):
        if len(word) - cut < 2 or word[cut - 1] not in particles:
            break
        forms.append(word[cut:])
    return tuple(forms)


def joins(between: str) -> bool:
    """Do the characters between two words keep them together in one phrase?"""
    return between == " " or JOINT.fullmatch(between) is not None
