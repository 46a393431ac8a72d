"""How alike two texts are: the cosine of their words and of the groups of a topic that they mention.

A mention counts as a word of its own, the name of its group, so "Hizbullah" and "حزب الله" are alike, and a name that
was unknown when the reference was written is as good as the old one. Measured on graded headlines, weights from a
background corpus were no better than equal weights without the commonest words, so there are none.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from pipeline.stages.tag.words import Words

_COMMON = """
a about after again against all also an and any are as at be because been before being between both but by
can could day days did do does down during each even few first for from further had has have having he her
here him his how i if in into is it its just last like made make many may me more most much must my new no
nor not now of off on one only or other our out over own people per re s said same say says she should since
so some such t than that the their them then there these they this those through to too two under until up
us ve very was we week were what when where which while who whom why will with would year years you your
"""
COMMON_WORDS = frozenset(_COMMON.split())

# A word of the headline counts as so many words of the text.
TITLE_REPEATS = 2

Weights = Mapping[str, float]
Groups = Mapping[int, int]
"""For each group that is mentioned, by its number in the topic, how many words it counts as."""

_LOGARITHMS = [0.0, *(1 + math.log(count) for count in range(1, 200))]


def counted(forms: Iterable[str]) -> Counter[str]:
    """How often each word stands there that could make texts alike: no common words, no numbers."""
    counts = Counter(forms)
    for form in COMMON_WORDS & counts.keys():
        del counts[form]
    for form in [form for form in counts if form.isdigit()]:
        del counts[form]
    return counts


class Telling:
    """The words of a story, weighed once for all topics. ``square``: of their weights, summed."""

    __slots__ = ("_products", "square", "weights")

    def __init__(self, title: Words, text: Words) -> None:
        counts = counted(text.forms)
        for form, count in counted(title.forms).items():
            counts[form] += TITLE_REPEATS * count
        self.weights: Weights = {form: logarithm(count) for form, count in counts.items()}
        self.square = sum([weight * weight for weight in self.weights.values()])
        self._products: dict[Telling, float] = {}

    def product(self, other: "Telling") -> float:
        """Remembered, since topics may share their reference stories."""
        if other not in self._products:
            one, two = self.weights, other.weights
            self._products[other] = sum([one[form] * two[form] for form in one.keys() & two.keys()])
        return self._products[other]


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A reference story as one topic sees it: its words, and the weight of each group that it mentions."""

    telling: Telling
    groups: Mapping[int, float]
    square: float


def example(telling: Telling, groups: Groups) -> Example:
    """``groups``: what the reference story mentions."""
    weights = {group: logarithm(count) for group, count in groups.items()}
    return Example(telling, weights, telling.square + sum(weight * weight for weight in weights.values()))


def likeness(telling: Telling, groups: Groups, examples: Iterable[Example]) -> float:
    """Cosine of a story to the nearest example: 0 (nothing in common) to 1 (the same words, as often)."""
    weights = {group: logarithm(count) for group, count in groups.items()}
    square = telling.square + sum([weight * weight for weight in weights.values()])
    best = max([_cosine(telling, weights, each) for each in examples], default=0.0)
    return min(1.0, best / math.sqrt(square)) if best > 0 else 0.0


def _cosine(telling: Telling, groups: Mapping[int, float], other: Example) -> float:
    """But for the length of the story, which is the same for all examples."""
    known = other.groups
    product = telling.product(other.telling)
    product += sum([weight * known[group] for group, weight in groups.items() if group in known])
    return product / math.sqrt(other.square) if product else 0.0


@lru_cache(maxsize=1024)
def telling_of(title: str, text: str) -> Telling:
    """A reference story's words, the same for all topics that share it."""
    return Telling(Words(title), Words(text))


def logarithm(count: int) -> float:
    """What a word weighs that stands there ``count`` times."""
    return _LOGARITHMS[count] if count < len(_LOGARITHMS) else 1 + math.log(count)
