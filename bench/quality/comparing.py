"""How near an extracted text is to the gold, and how sure a difference between two extractors is."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bench.quality.sets import GoldPage

SHINGLE = 4
RESAMPLES = 1000
_WORD = re.compile(r"\w+")
JUNK = re.compile(
    r"\W*(?:see also|read (?:more|also|next)|also read|related|more (?:from|on|stories)|recommended|advertisement|"
    r"subscribe|sign up|newsletter|follow us|share (?:this|on)|leave a (?:reply|comment)|comments?$|copyright|©|"
    r"all rights reserved|discover more|click here|download (?:the|our) app|most (?:read|popular)|tags?:|"
    r"photo(?: credit)?:|image(?: credit)?:|posted (?:by|in|on)|filed under|lesen sie auch|mehr zum thema)\b",
    re.IGNORECASE,
)
"""How a line begins that is seldom of a story; it counts as junk if its words are not in the gold."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One page: precision is None for an empty text, recall for an empty gold. Pieces: hits, misses, false hits."""

    precision: float | None
    recall: float | None
    exact: bool
    junk: bool
    pieces: tuple[int, int, int] | None = None

    @property
    def f1(self) -> float:
        return harmonic(self.precision or 0.0, self.recall or 0.0)


def outcome(text: str, page: GoldPage) -> Outcome:
    if page.text is None:
        return _by_pieces(text, page)
    found, gold = shingles(text), shingles(page.text)
    shared = (found & gold).total()
    precision, recall = (shared / whole.total() if whole else None for whole in (found, gold))
    return Outcome(precision, recall, _WORD.findall(text) == _WORD.findall(page.text), _has_junk(text, page.text))


def _by_pieces(text: str, page: GoldPage) -> Outcome:
    hits = sum(piece in text for piece in page.wanted)
    false = sum(piece in text for piece in page.unwanted)
    missed = len(page.wanted) - hits
    precision = hits / (hits + false) if hits + false else None
    recall = hits / len(page.wanted) if page.wanted else None
    return Outcome(precision, recall, False, _has_junk(text, "\n".join(page.wanted)), (hits, missed, false))


def _has_junk(text: str, gold: str) -> bool:
    known = f" {' '.join(_WORD.findall(gold.lower()))} "
    suspects = (line for line in text.splitlines() if JUNK.match(line))
    return any(f" {' '.join(_WORD.findall(line.lower()))} " not in known for line in suspects)


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """Counted runs of four words; a shorter text is one run, an empty one none."""
    words = _WORD.findall(text)
    return Counter(run for at in range(max(1, len(words) - SHINGLE + 1)) if (run := tuple(words[at : at + SHINGLE])))


def harmonic(one: float, other: float) -> float:
    return 2 * one * other / (one + other) if one + other else 0.0


def f1(outcomes: Sequence[Outcome]) -> float:
    """Of the mean precision and recall; where gold is pieces, of all pieces together."""
    if outcomes and outcomes[0].pieces is not None:
        hits, missed, false = (sum(one.pieces[part] for one in outcomes if one.pieces) for part in range(3))
        return harmonic(hits / max(1, hits + false), hits / max(1, hits + missed))
    precision = mean([one.precision for one in outcomes if one.precision is not None])
    return harmonic(precision, mean([one.recall for one in outcomes if one.recall is not None]))


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def difference(
    ours: Sequence[Outcome], theirs: Sequence[Outcome], measure: Callable[[Sequence[Outcome]], float] = f1
) -> tuple[float, float, float]:
    """Ours less theirs, and its 95 % interval by a paired bootstrap over pages (seeded)."""
    drawn = np.random.default_rng(1).integers(len(ours), size=(RESAMPLES, len(ours))).tolist()
    gaps = sorted(measure([ours[i] for i in ids]) - measure([theirs[i] for i in ids]) for ids in drawn)
    return measure(ours) - measure(theirs), gaps[RESAMPLES // 40], gaps[-RESAMPLES // 40]
