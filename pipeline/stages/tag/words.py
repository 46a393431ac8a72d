"""Words of a text with their places, folded so that spelling habits of writers do not matter."""

import re
import unicodedata
from typing import NamedTuple

# Letters and digits, then the marks that stand on them (accents, Hebrew points, Arabic vowels) and soft hyphens.
WORD = re.compile(r"[^\W_](?:[^\W_]|[\u00ad\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670])*")
# What may stand between two words of one phrase: a blank, a line break, a hyphen, a stroke, an apostrophe; no full stop
# or comma with a blank, which end the phrase. Invisible joiners and direction marks come along.
JOINT = re.compile(r"[\u200b-\u200f]*(?:\s{1,2}|[-‐‑–'’./׳״\"]|[\u200b-\u200f])[\u200b-\u200f]*")
# A soft hyphen says where a word may be broken, a tatweel stretches an Arabic one: no part of its spelling.
UNSPOKEN = frozenset("\u00ad\u0640")

# Hebrew and Arabic write "and", "in", "to", "from", "the" as letters before the word.
HEBREW_PREFIX = frozenset("והבלמשכ")
ARABIC_PREFIX = frozenset("وفبلكا")
LONGEST_PREFIX = 4


class Word(NamedTuple):
    """A word at ``[start, end)`` (code points) and its folded form."""

    start: int
    end: int
    form: str


def words_of(text: str) -> list[Word]:
    """The words of ``text`` in their order; what folds to nothing is none."""
    return [Word(match.start(), match.end(), form) for match in WORD.finditer(text) if (form := fold(match[0]))]


def fold(word: str) -> str:
    """Lower case, without accents, vowel points and stretching, presentation forms made plain (NFKD)."""
    if word.isascii():
        return word.lower()
    plain = unicodedata.normalize("NFKD", word)
    return "".join(
        letter for letter in plain if not unicodedata.combining(letter) and letter not in UNSPOKEN
    ).casefold()


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
