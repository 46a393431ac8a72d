"""How well scores agree with grades. Grade 2: mainly about the topic, 1: partly, 0: not."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

BINS = 10


class Judged(NamedTuple):
    """A story's grade beside its score."""

    grade: int
    score: float


@dataclass(frozen=True, slots=True)
class Bin:
    """Of ``stories`` with a mean score of ``score``, the share ``on_topic`` is on topic."""

    stories: int
    score: float
    on_topic: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Against the chosen grades. ``average_precision`` and the rates are 0 where they are not defined.

    ``calibration_error``: the mean distance of score and share on topic over ten bins of equal width, weighted by their
    stories (expected calibration error).
    """

    stories: int
    positives: int
    threshold: float
    precision: float
    recall: float
    f1: float
    average_precision: float
    calibration_error: float


def measured(judged: Sequence[Judged], threshold: float, negatives: Collection[int]) -> Figures:
    """Grade 2 against the grades in ``negatives``; the others are left out."""
    kept = [one for one in judged if one.grade == 2 or one.grade in negatives]
    positives = sum(one.grade == 2 for one in kept)
    tagged = [one for one in kept if one.score >= threshold]
    hits = sum(one.grade == 2 for one in tagged)
    precision = hits / len(tagged) if tagged else 0.0
    recall = hits / positives if positives else 0.0
    return Figures(
        stories=len(kept),
        positives=positives,
        threshold=threshold,
        precision=precision,
        recall=recall,
        f1=2 * hits / (len(tagged) + positives) if hits else 0.0,
        average_precision=average_precision(kept),
        calibration_error=calibration_error(reliability(kept)),
    )


def average_precision(judged: Sequence[Judged]) -> float:
    """Sum of precision times gain in recall over the distinct scores, highest first."""
    positives = sum(one.grade == 2 for one in judged)
    total, hits, seen = 0.0, 0, 0
    ranked = sorted(judged, key=lambda one: -one.score)
    for _, ties in groupby(ranked, key=lambda one: one.score):
        tied = list(ties)
        gained = sum(one.grade == 2 for one in tied)
        hits, seen = hits + gained, seen + len(tied)
        total += hits / seen * gained / positives if positives else 0.0
    return total


def reliability(judged: Sequence[Judged]) -> tuple[Bin, ...]:
    """Ten bins of scores, lowest first; empty ones are left out."""
    bins: dict[int, list[Judged]] = defaultdict(list)
    for one in judged:
        bins[min(BINS - 1, int(one.score * BINS))].append(one)
    return tuple(
        Bin(
            len(inside),
            sum(one.score for one in inside) / len(inside),
            sum(one.grade == 2 for one in inside) / len(inside),
        )
        for _, inside in sorted(bins.items())
    )


def calibration_error(bins: Sequence[Bin]) -> float:
    """Expected calibration error; 0 for no story."""
    stories = sum(each.stories for each in bins)
    return sum(each.stories * abs(each.score - each.on_topic) for each in bins) / stories if stories else 0.0
