"""How alike two texts are: the cosine of their words, a topic's phrases standing in for their group.

So "Hizbullah" and "حزب الله" are one word, and a name that was unknown when the reference was written is as good as the
old one. Measured on graded headlines, weights from a background corpus were no better than equal weights without the
commonest words, so there are none.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

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
_LOGARITHMS = [0.0, *(1 + math.log(count) for count in range(1, 200))]


def counted(forms: Iterable[str]) -> Counter[str]:
    """How often each word stands there that could make texts alike: no common words, no numbers."""
    counts = Counter(forms)
    for form in COMMON_WORDS & counts.keys():
        del counts[form]
    for form in [form for form in counts if form.isdigit()]:
        del counts[form]
    return counts


Telling = tuple[Counter[str], Sequence[str], Iterable[Mention]]
"""Counted words of a passage, all its words, and the mentions in it."""


def story_terms(title: Telling, text: Telling) -> Counter[str]:
    """Counted words of a story; each mention counts once, as ``#group``, in place of its words."""
    counts = text[0].copy()
    _add(counts, title[0], TITLE_REPEATS)
    _replace(counts, text, 1)
    _replace(counts, title, TITLE_REPEATS)
    return counts


def _add(counts: Counter[str], more: Mapping[str, int], times: int) -> None:
    for form, count in more.items():
        counts[form] += times * count


def _replace(counts: Counter[str], passage: Telling, times: int) -> None:
    _, forms, mentions = passage
    for group, first, end in mentions:
        counts[f"#{group}"] += times
        for form in forms[first:end]:
            if form in counts:
                counts[form] -= times


def vector(counts: Counter[str]) -> Vector:
    """Logarithmic counts brought to length 1; empty for an empty text."""
    weights = {term: _logarithm(count) for term, count in counts.items() if count > 0}
    length = math.sqrt(sum([weight * weight for weight in weights.values()]))
    return {term: weight / length for term, weight in weights.items()}


def _logarithm(count: int) -> float:
    return _LOGARITHMS[count] if count < len(_LOGARITHMS) else 1 + math.log(count)


def cosine(one: Vector, other: Vector) -> float:
    """0 (nothing in common) to 1 (the same words in the same proportions)."""
    small, large = sorted((one, other), key=len)
    return min(1.0, sum([small[term] * large[term] for term in small.keys() & large.keys()]))
