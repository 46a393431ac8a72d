"""How alike two texts are: the cosine of their words, a topic's phrases standing in for their group.

So "Hizbullah" and "حزب الله" are one word, and a name that was unknown when the reference was written is as good as the
old one. Measured on graded headlines, weights from a background corpus were no better than equal weights without the
commonest words, so there are none.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from pipeline.stages.tag.mentions import Mention

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

Vector = dict[str, float]
Mentioned = tuple[Sequence[str], Sequence[Mention]]
"""The words of a passage and the mentions in it."""

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
    """The words of a story, counted and weighed once for all topics.

    For a topic each mention counts once, as ``#group``, in place of its words; only what that changes is worked out
    again.
    """

    __slots__ = ("_counts", "_square", "_weights")

    def __init__(self, title: Iterable[str], text: Iterable[str]) -> None:
        counts = counted(text)
        for form, count in counted(title).items():
            counts[form] += TITLE_REPEATS * count
        self._counts = counts
        self._weights = {form: _logarithm(count) for form, count in counts.items()}
        self._square = _square(self._weights)

    def vector(self, title: Mentioned, text: Mentioned) -> Vector:
        """The story by itself, brought to length 1; empty for an empty one."""
        weights = {**self._weights, **self._changed(title, text)}
        length = math.sqrt(_square(weights))
        return {term: weight / length for term, weight in weights.items() if weight}

    def likeness(self, title: Mentioned, text: Mentioned, references: Iterable[Vector]) -> float:
        """Cosine to the nearest of the ``references``: 0 (nothing in common) to 1 (the same words, as often)."""
        weights, changed = self._weights, self._changed(title, text)
        more = {term: weight - weights.get(term, 0.0) for term, weight in changed.items()}
        square = self._square + _square(changed) - sum([weights.get(term, 0.0) ** 2 for term in changed])
        best = max([_product(weights, each) + _product(more, each) for each in references], default=0.0)
        return min(1.0, best / math.sqrt(square)) if best > 0 and square > 0 else 0.0

    def _changed(self, title: Mentioned, text: Mentioned) -> dict[str, float]:
        """The new weight of every term that mentions bring or take; 0 for one that is gone."""
        known = self._counts
        counts: dict[str, int] = {}
        for (forms, mentions), times in ((title, TITLE_REPEATS), (text, 1)):
            for group, first, end in mentions:
                name = f"#{group}"
                counts[name] = counts.get(name, 0) + times
                for form in forms[first:end]:
                    if form in known:
                        counts[form] = counts.get(form, known[form]) - times
        return {term: _logarithm(count) for term, count in counts.items()}


def _square(weights: Vector) -> float:
    return sum([weight * weight for weight in weights.values()])


def _product(one: Vector, other: Vector) -> float:
    return sum([one[term] * other[term] for term in one.keys() & other.keys()])


def _logarithm(count: int) -> float:
    return _LOGARITHMS[count] if count < len(_LOGARITHMS) else 1 + math.log(count)
