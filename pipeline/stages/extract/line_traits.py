"""What a line's own words tell: length, punctuation, likeness to what the page says about its story."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

SHORT = 250
"""Characters. A longer line is looked at for its length and its ending only."""
MAX_BODY = 100_000
"""Characters of the text in the JSON-LD that are compared."""
ENDS, CLOSING = ".!?…。؟۔।", "\"'”’»)]"
_WORD = re.compile(r"\w+")
_ENDING = {"": 0, **dict.fromkeys(":;,…", 1), **dict.fromkeys(ENDS, 2)}
# Kinds of characters, a bit for each.
_QUOTE, _LOUD, _COLON, _ODD, _COPYRIGHT, _LOWER, _UPPER, _DIGIT = (1 << bit for bit in range(8))
_SIGNS = {
    _QUOTE: "\"“„«", _LOUD: "?!", _COLON: ":", _ODD: "|»@/›·•", _COPYRIGHT: "©",
}  # fmt: skip
_CASED_BEFORE = 0x20000
"""Behind these code points no script knows case, and none has digits but those that look like these."""

LINE_TRAITS = (
    "characters", "words", "word length", "sentences", "ending", "beginning", "like the title", "capitals", "odd signs",
    "in description", "in linked body", "copies", "quotes", "loud", "colons",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hints:
    """What a page says about its story: headline, description, and the text in its JSON-LD; each may be empty.

    ``headings``: wordings under which the headline may stand in the page.
    """

    title: str = ""
    description: str = ""
    body: str = ""
    headings: tuple[str, ...] = ()


def line_traits(texts: Sequence[str], hints: Hints) -> NDArray[np.float64]:
    """A row for each line, its columns as in ``LINE_TRAITS``. Lines have no blanks but single spaces, and a letter."""
    copies = Counter(texts)
    length, words = np.array(list(map(len, texts))), np.array([text.count(" ") + 1 for text in texts])
    short = length <= SHORT
    signs = _Signs(texts)
    columns = np.stack(
        [
            length,
            words,
            length / words,
            np.where(length > 20, [text.count(".") + text.count("!") + text.count("?") for text in texts], 0),
            [_ENDING.get(text[-3:].rstrip(CLOSING)[-1:], 0) for text in texts],
            signs.beginning(),
            _like(texts, hints.title),
            np.where(short, signs.count(_UPPER, at=signs.begins) / words, -1),
            np.where(short, signs.count(_ODD) + 3 * signs.count(_COPYRIGHT), 0),
            _described(texts, hints.description),
            _in_body(texts, hints.body),
            [copies[text] for text in texts],
            signs.count(_QUOTE),
            signs.count(_LOUD),
            signs.count(_COLON),
        ],
        dtype=np.float64,
    )
    return columns.T


class _Signs:
    """The characters with which the lines begin, those of all lines in a row, as the bits of their kinds."""

    def __init__(self, texts: Sequence[str]) -> None:
        beginnings = [text[:SHORT] for text in texts]
        codes = np.frombuffer("\n".join(beginnings).encode("utf-32-le", "surrogatepass"), dtype="<u4")
        self._kinds = _kinds_of_characters()[np.minimum(codes, _CASED_BEFORE)]
        self._starts = np.cumsum([0, *(len(beginning) + 1 for beginning in beginnings[:-1])])
        self.begins = np.ones(len(codes), dtype=bool)
        """Is it the first character of a word?"""
        self.begins[1:] = (codes[:-1] == ord(" ")) | (codes[:-1] == ord("\n"))

    def count(self, kind: int, at: NDArray[np.bool_] | None = None) -> NDArray[np.intp]:
        """How many of each line's are of the kind, among those ``at`` these places."""
        found = (self._kinds & kind) != 0
        counted: NDArray[np.intp] = np.add.reduceat(found if at is None else found & at, self._starts, dtype=np.intp)
        return counted

    def beginning(self) -> NDArray[np.intp]:
        """1 for a line whose first character is a small letter, 2 for a capital, 3 for a digit, else 0."""
        first = self._kinds[self._starts]
        return np.select([(first & kind) != 0 for kind in (_LOWER, _UPPER, _DIGIT)], [1, 2, 3])


@cache
def _kinds_of_characters() -> NDArray[np.uint8]:
    """The kinds of each character by its code point, one more than have any."""
    characters = list(map(chr, range(_CASED_BEFORE)))
    kinds = np.zeros(_CASED_BEFORE + 1, dtype=np.uint8)
    tests: tuple[tuple[int, Callable[[str], bool]], ...] = (
        (_LOWER, str.islower), (_UPPER, str.isupper), (_DIGIT, str.isdigit),
    )  # fmt: skip
    for kind, is_one in tests:
        kinds[:-1] |= np.array(list(map(is_one, characters))) * np.uint8(kind)
    for kind, signs in _SIGNS.items():
        kinds[list(map(ord, signs))] |= kind
    return kinds


def _like(texts: Sequence[str], title: str) -> list[float]:
    """The share of a short line's words that the title has too; of the title's, where these are more."""
    known = set(_WORD.findall(title.casefold()))
    return [_share(_WORD.findall(text.casefold()), known) if len(text) <= SHORT else 0 for text in texts]


def _share(words: Sequence[str], known: set[str]) -> float:
    if known.isdisjoint(words):
        return 0
    return sum(map(known.__contains__, words)) / max(len(words), len(known))


def _described(texts: Sequence[str], description: str) -> list[bool] | NDArray[np.float64]:
    """Does a line begin the description, or hold its beginning?"""
    description = " ".join(description.split())[:60].casefold()
    if not description:
        return np.zeros(len(texts))
    return [
        (len(text) > 20 and text[:50].casefold() in description) or description in text[:400].casefold()
        for text in texts
    ]


def _in_body(texts: Sequence[str], body: str) -> list[int] | NDArray[np.float64]:
    """1 for a line that begins with words of the text in the JSON-LD, -1 for others; 0 where there is none."""
    body = "".join(body[:MAX_BODY].split())
    if not body:
        return np.zeros(len(texts))
    return [1 if "".join(text[:80].split()) in body else -1 for text in texts]


def bare(text: str) -> str:
    """Letters and digits only, case aside."""
    return "".join(_WORD.findall(text.casefold()))
