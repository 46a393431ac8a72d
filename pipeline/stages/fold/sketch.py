"""The signature of a text, made with numpy (imported by none but those who make signatures).

Bottom-k sketches of word shingles: A. Broder, "On the resemblance and containment of documents", 1997; E. Cohen and
H. Kaplan, "Summarizing data using bottom-k sketches", 2007. Unlike MinHash's, they tell how much of a short text
stands in a long one.
"""

import hashlib
import re
import unicodedata
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.stages.fold.signature import SAMPLE, Signature
from pipeline.stages.typesetting import ascii_words, without_typesetting

WIDTH = 4
"""Words of a shingle: texts that share many say the same thing in the same words."""
FRAMES = 96
"""Frames that are kept of a text, those with the smallest hashes."""
OPENING_WORDS = 30
OPENING_SAMPLE = 16
MIN_EQUAL_WORDS = 30
"""Texts shorter than this are not equal by their words alone: two one-line notices may be so by chance."""
MIN_HEADLINE_WORDS = 5
"""A shorter headline, such as "World news in brief", stands over many stories."""
MAX_HEADLINE_WORDS = 32
MAX_CHARACTERS = 500_000
"""Of a longer text only so much is looked at: no story is."""
WORD = re.compile(r"[^\W_]+")
# What stands on letters once they are taken apart: accents, Hebrew points, Arabic vowels.
MARKS = re.compile("[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670]+")

Hashes = NDArray[np.uint64]
Flags = NDArray[np.bool_]
_NUMBER, _NAME = 2, 1
_FACT = np.uint64(1)  # stands for any number or name in a frame; no word's hash, but for one in four thousand million
_ODD = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)
_EVEN = np.uint64(0xFFFFFFFE)


def sign(title: str, text: str) -> Signature:
    """Case, accents, punctuation, blanks and line breaks do not count."""
    words = _words(text)
    codes, kinds = _coded(words)
    shingles = _shingles(codes)
    headline = [word.casefold() for word in _words(title)]
    plain = [word for word in headline if word.isalpha()]
    figures = [word for word in headline if not word.isalpha()]
    return Signature(
        words=len(words),
        digest=_digest(words) if len(words) >= MIN_EQUAL_WORDS else None,
        shingles=_smallest(shingles, SAMPLE),
        opening=_smallest(shingles[:OPENING_WORDS], OPENING_SAMPLE),
        frames=_frames(codes, kinds),
        headline=_code(" ".join(plain)) if len(headline) >= MIN_HEADLINE_WORDS else 0,
        headline_words=_smallest(np.fromiter(map(_code, plain), np.uint64), MAX_HEADLINE_WORDS),
        figures=_code(" ".join(figures)) if figures else 0,
    )


def _words(text: str) -> list[str]:
    """Words as written, but for accents."""
    lines = without_typesetting(text[:MAX_CHARACTERS]).split("\n")
    return [word for line in lines for word in _words_of_line(line)]


def _words_of_line(line: str) -> list[str]:
    """Most lines are ASCII even where the text is not."""
    if line.isascii():
        return ascii_words(line)
    return WORD.findall(MARKS.sub("", unicodedata.normalize("NFKD", line)))


def _digest(words: Sequence[str]) -> str:
    return hashlib.sha256(" ".join(words).casefold().encode()).hexdigest()


def _code(words: str) -> int:
    return zlib.crc32(words.encode())


def _coded(words: Sequence[str]) -> tuple[Hashes, Hashes]:
    """A hash of each word whatever its case, and whether it is a number, a name, or (0) neither.

    A name is a word that is always written with a capital; at the start of a sentence, others are too.
    """
    vocabulary = set(words)
    table = {}
    for word in vocabulary:
        folded = word.casefold()
        name = _NAME if word[0].isupper() and folded not in vocabulary else 0
        table[word] = _code(folded) << 2 | (name if word.isalpha() else _NUMBER)
    coded = np.fromiter(map(table.__getitem__, words), np.uint64, len(words))
    return coded >> np.uint64(2), coded & np.uint64(3)


def _shingles(codes: Hashes) -> Hashes:
    """A hash of each run of ``WIDTH`` words; a text of fewer is one run."""
    width = min(WIDTH, len(codes))
    count = len(codes) - width + 1
    return _mixed([codes[start : start + count] for start in range(width)]) if width else codes


def _frames(codes: Hashes, kinds: Hashes) -> bytes:
    """What stands around each run of numbers and names: the two words before it, after it, on both sides.

    A frame that holds a further number or name is none. A run is known by its numbers if it has any, else by its last
    word: "Prime Minister Example" and "Mr Example" are one.
    """
    is_fact = kinds > 0
    goes_on = is_fact.copy()
    goes_on[1:] &= is_fact[:-1]
    goes_on[:1] = False
    starts = np.flatnonzero(~goes_on)
    units = np.where(is_fact, _FACT, codes)[starts]
    slots = np.flatnonzero(is_fact[starts])
    slots = slots[(slots >= 2) & (slots < len(starts) - 2)]
    fills = _fills(codes, kinds == _NUMBER, starts[slots], starts[slots + 1]) if len(slots) else codes[:0]
    pairs = [_filled(units[slots + one], units[slots + two], one, fills) for one, two in ((-2, -1), (-1, 1), (1, 2))]
    return _distinct(np.concatenate(pairs))[:FRAMES].astype("<u8").tobytes()


def _fills(codes: Hashes, is_number: Flags, begins: NDArray[np.intp], ends: NDArray[np.intp]) -> Hashes:
    """A hash of each run ``[begin, end)``, 32 bits, odd if it holds a number."""
    sums = np.concatenate((codes[:0], [np.uint64(0)], np.cumsum(np.where(is_number, codes, np.uint64(0)))))
    counts = np.concatenate(([0], np.cumsum(is_number)))
    has_number = counts[ends] > counts[begins]
    fills = _mixed([np.where(has_number, sums[ends] - sums[begins], codes[ends - 1])])
    fills &= _EVEN
    fills |= has_number.astype(np.uint64)
    return fills


def _filled(before: Hashes, after: Hashes, shape: int, fills: Hashes) -> Hashes:
    """Frame and fill in one number each, where both words of the frame are no facts themselves."""
    plain = (before != _FACT) & (after != _FACT)
    shapes = np.full(int(plain.sum()), shape + 3, np.uint64)
    frames = _mixed([before[plain], after[plain], shapes])
    frames <<= _HALF
    frames |= fills[plain]
    return frames


def _mixed(columns: Sequence[Hashes]) -> Hashes:
    """32 well-mixed bits for each row (the finaliser of SplitMix64: Steele, Lea and Flood 2014)."""
    rows = columns[0] * _ODD
    for column in columns[1:]:
        rows = (rows + column) * _ODD
    rows = (rows ^ rows >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    rows = (rows ^ rows >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return (rows ^ rows >> np.uint64(31)) >> _HALF


def _smallest(hashes: Hashes, most: int) -> bytes:
    return _distinct(hashes)[:most].astype("<u4").tobytes()


def _distinct(hashes: Hashes) -> Hashes:
    """Each once, ascending: ``numpy.unique`` at half its cost for the few thousand of a text."""
    ordered = np.sort(hashes)
    is_new = np.ones(len(ordered), dtype=bool)
    is_new[1:] = ordered[1:] != ordered[:-1]
    return ordered[is_new]
