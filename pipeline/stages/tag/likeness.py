"""How alike two texts are: the cosine of their words, a topic's phrases standing in for their group.

So "Hizbullah" and "حزب الله" are one word, and a name that was unknown when the reference was written is as good as the
old one. Measured on graded headlines, weights from a background corpus were no better than equal weights without the
commonest words, so there are none.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from pipeline.stages.tag.mentions import Mention
from pipeline.stages.tag.words import Word

_COMMON = """
a about after again against all also an and any are as at be because been before being between both but by
can could day days did do does down during each even few first for from further had has have having he her
here him his how i if in into is it its just last like made make many may me more most much must my new no
nor not now of off on one only or other our out over own people per re s said same say says she should since
so some such t than that the their them then there these they this those through to too two under until up
us ve very was we week were what when where which while who whom why will with would year years you your
"""
COMMON_WORDS = frozenset(_COMMON.split())

Vector = dict[str, float]


def terms(words: Sequence[Word], mentions: Iterable[Mention]) -> Counter[str]:
    """Counted words of a text; each mention counts once, as ``#group``, in place of its words."""
    counted: Counter[str] = Counter()
    free = 0
    for mention in mentions:
        counted.update(_plain(words[free : mention.first]))
        counted[f"#{mention.group}"] += 1
        free = mention.end
    counted.update(_plain(words[free:]))
    return counted


def _plain(words: Sequence[Word]) -> list[str]:
    return [word.form for word in words if word.form not in COMMON_WORDS and not word.form.isdigit()]


def vector(counts: Counter[str]) -> Vector:
    """Logarithmic counts brought to length 1; empty for an empty text."""
    weights = {term: 1 + math.log(count) for term, count in counts.items()}
    length = math.sqrt(sum(weight * weight for weight in weights.values()))
    return {term: weight / length for term, weight in weights.items()}


def cosine(one: Vector, other: Vector) -> float:
    """0 (nothing in common) to 1 (the same words in the same proportions)."""
    small, large = sorted((one, other), key=len)
    return min(1.0, sum(weight * large.get(term, 0.0) for term, weight in small.items()))
