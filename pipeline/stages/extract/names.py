"""What the names (``class`` and ``id``) of an element say: words that speak for the story, or for its surroundings.

The weights of words are learnt (``story_model``); a list of names that never belong to a story stands in ``prune``.
"""

import itertools
import re
from functools import lru_cache

from pipeline.stages.extract import story_model
from pipeline.stages.extract.prune import is_furniture_name

MOST_NAMES, MOST_WORDS = 20, 6
LONGEST = 200
"""Characters. Longer class attributes are the settings of a layout system, not a name."""
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


@lru_cache(maxsize=20_000)
def weights_of(classes: str, identity: str) -> tuple[float, float]:
    """What the names say of the element's own line, and of lines deeper inside; above 0: for the story."""
    if not classes and not identity:
        return 0.0, 0.0
    known = story_model.shipped().words
    found = [known[word] for word in words_of(classes, identity) if word in known]
    return sum(near for near, _ in found), sum(far for _, far in found)


@lru_cache(maxsize=20_000)
def is_furniture(classes: str, identity: str) -> bool:
    """Does one of the names stand for a part of the page that never belongs to the story?"""
    return any(map(is_furniture_name, _names(classes, identity)))


def words_of(classes: str, identity: str) -> list[str]:
    """The words of all names and the pairs of neighbours among them; sorted, since sums of floats depend on order."""
    return sorted({word for name in _names(classes, identity) for word in _words_in(name[:LONGEST])})


@lru_cache(maxsize=20_000)
def _words_in(name: str) -> tuple[str, ...]:
    parts = [part.lower() for part in _WORD.findall(name)]
    if len(parts) > MOST_WORDS:
        return ()
    pairs = (f"{one}-{other}" for one, other in itertools.pairwise(parts))
    return (*(part for part in parts if len(part) > 1), *pairs)


def _names(classes: str, identity: str) -> list[str]:
    return [*classes[: MOST_NAMES * LONGEST].split()[:MOST_NAMES], *identity[:LONGEST].split()[:MOST_NAMES]]
