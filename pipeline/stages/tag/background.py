"""How common words are in news at large, and how telling that makes them in one story."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipeline.stages.tag.likeness import counted


@dataclass(frozen=True, slots=True)
class Background:
    """In how many of ``documents`` news items each folded word stands; words in very few of them are left out."""

    documents: int
    counts: Mapping[str, int]

    def rarity(self, word: str) -> float:
        """0 for a word in every item, 1 for one in none (logarithmic)."""
        return 1 - math.log(1 + self.counts.get(word, 0)) / math.log(2 + self.documents)

    def share(self, word: str) -> float:
        """Of the items, how many have the word: 0 to 1."""
        return self.counts.get(word, 0) / self.documents if self.documents else 0.0


NO_BACKGROUND = Background(0, {})


def telling_words(forms: Iterable[str], background: Background) -> dict[str, float]:
    """Each word with its weight in a story: the logarithm of its count, times the square of its rarity."""
    counts: Counter[str] = counted(forms)
    return {form: (1 + math.log(count)) * background.rarity(form) ** 2 for form, count in counts.items()}


@dataclass(frozen=True, slots=True)
class Likeness:
    """``score`` from 0 to 1; ``reasons``: the shared words that make most of it, with the share each has in it."""

    score: float
    reasons: tuple[tuple[str, float], ...]


def likeness(one: Mapping[str, float], other: Mapping[str, float], most: int = 8) -> Likeness:
    """Cosine of two stories' telling words."""
    lengths = math.sqrt(sum(weight**2 for weight in one.values()) * sum(weight**2 for weight in other.values()))
    if not lengths:
        return Likeness(0.0, ())
    parts = {word: one[word] * other[word] for word in one.keys() & other.keys()}
    total = sum(parts.values())
    best = sorted(parts.items(), key=lambda part: (-part[1], part[0]))[:most]
    return Likeness(
        min(1.0, round(total / lengths, 4)), tuple((word, round(part / total, 3)) for word, part in best if part)
    )
