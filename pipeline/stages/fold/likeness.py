"""Is a text a copy of an earlier one, or an update of it?

What the two share is measured by containment, the share of the shorter text that stands in the longer, so a reprint
that was cut to a third is as much a copy as a whole one. Official texts, day counters and price lists are the same
frame filled with other facts: where two texts put other numbers or names into the same frames, they are told apart.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pipeline.stages.fold.signature import SAMPLE, Signature, filled_frames, hashes

Relation = Literal["new", "copy", "update"]

WINDOW = timedelta(days=14)
"""Texts further apart than this are copies of each other only if they are equal."""
MIN_SHARED = 0.6
"""Containment of a copy at least: of one with every tenth word dropped .65, of unrelated texts .3 at most."""
MIN_COMPARED = 24
"""Shingles of the shorter text that can be looked for in the longer; with fewer, chance decides."""
MIN_WORDS = 60
"""A shorter text is a copy of equal ones only: a formula or two would decide about it."""
MIN_CONFLICTS = 3
MAX_CONFLICTS = 0.2
"""Share of common frames that two texts may fill with other facts (numbers alone, or numbers and names)."""
EXCERPT_WORDS = 100
"""Below this a text is what feeds give of a story; then its headline says more than its words …"""
HEADLINE_WINDOW = timedelta(days=3)
"""… and the same one at another source, so soon, stands over the same story."""
OWN_OPENING = 0.25
"""An update opens with words of its own: no larger share of them stands in the earlier text."""


@dataclass(frozen=True, slots=True)
class Imprint:
    """A text as it left its mark: who told it, when, and its signature. ``None`` where unknown."""

    source: str | None
    at: datetime | None
    signature: Signature


@dataclass(frozen=True, slots=True)
class Likeness:
    """``similarity`` 0 … 1: the share of the shorter text that stands in the longer, 1 for a shared headline."""

    relation: Relation
    similarity: float


UNLIKE = Likeness("new", 0.0)


def compare(later: Imprint, earlier: Imprint, window: timedelta = WINDOW) -> Likeness:
    """What ``later`` is to ``earlier``. But for the order (copy or update) the answer is the same both ways."""
    if max(later.signature.words, earlier.signature.words) < EXCERPT_WORDS:
        return _compare_excerpts(later, earlier, window)
    return Likeness("copy", 1.0) if _are_equal(later, earlier) else _compare_texts(later, earlier, window)


def _compare_excerpts(later: Imprint, earlier: Imprint, window: timedelta) -> Likeness:
    """Day counters have equal excerpts under headlines with other numbers; captions stand under unlike headlines."""
    one, other = later.signature, earlier.signature
    alike = _headlines_are_alike(one, other)
    elsewhere = _differ(later.source, earlier.source)
    if alike and one.figures != other.figures and one.figures and other.figures:
        return UNLIKE
    if _are_equal(later, earlier) and (alike or elsewhere):
        return Likeness("copy", 1.0)
    if one.headline and one.headline == other.headline and elsewhere and _within(HEADLINE_WINDOW, later, earlier):
        return Likeness("copy", 1.0)
    return _compare_texts(later, earlier, window) if alike else UNLIKE


def _compare_texts(later: Imprint, earlier: Imprint, window: timedelta) -> Likeness:
    one, other = later.signature, earlier.signature
    shared = containment(one, other)
    if min(one.words, other.words) < MIN_WORDS or shared < MIN_SHARED or not _within(window, later, earlier):
        return Likeness("new", shared)
    if are_lookalikes(one, other):
        return Likeness("new", shared)
    return Likeness("update" if _is_update(later, earlier) else "copy", shared)


def containment(one: Signature, other: Signature) -> float:
    """Share of the shorter text's shingles that stand in the longer; 0 where too few can be compared."""
    first, second = hashes(one.shingles), hashes(other.shingles)
    # A sample says nothing of hashes above its own largest, unless it is the whole text.
    reach = min((sample[-1] for sample in (first, second) if len(sample) == SAMPLE), default=1 << 32)
    first, second = first[: bisect_right(first, reach)], second[: bisect_right(second, reach)]
    compared = min(len(first), len(second))
    return len(set(first).intersection(second)) / compared if compared >= MIN_COMPARED else 0.0


def are_lookalikes(one: Signature, other: Signature) -> bool:
    """Do the texts fill the same frames with other facts?"""
    first, second = filled_frames(one.frames), filled_frames(other.frames)
    fills = [(first[frame], second[frame]) for frame in first.keys() & second.keys()]
    numbers = [pair for pair in fills if all(fill & 1 for fill in pair[0] | pair[1])]
    return _is_conflict(fills) or _is_conflict(numbers)


def _is_conflict(fills: list[tuple[set[int], set[int]]]) -> bool:
    conflicts = sum(first.isdisjoint(second) for first, second in fills)
    return conflicts >= MIN_CONFLICTS and conflicts > MAX_CONFLICTS * len(fills)


def _is_update(later: Imprint, earlier: Imprint) -> bool:
    """The same source tells it again in other words, or the text opens with words of its own."""
    if later.source is not None and later.source == earlier.source:
        return True
    known = hashes(earlier.signature.shingles)
    opening = hashes(later.signature.opening)
    if len(known) == SAMPLE:
        opening = opening[: bisect_right(opening, known[-1])]
    found = len(set(known).intersection(opening))
    return len(opening) > 0 and found <= OWN_OPENING * len(opening)


def _are_equal(one: Imprint, other: Imprint) -> bool:
    return one.signature.digest is not None and one.signature.digest == other.signature.digest


def _headlines_are_alike(one: Signature, other: Signature) -> bool:
    """Do they share half of the words of the shorter? One that is missing contradicts none."""
    first, second = set(hashes(one.headline_words)), set(hashes(other.headline_words))
    return 2 * len(first & second) >= min(len(first), len(second))


def _differ(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one != other


def _within(window: timedelta, one: Imprint, other: Imprint) -> bool:
    return one.at is None or other.at is None or abs(one.at - other.at) <= window
