"""What the names (``class`` and ``id``) of an element say: words that speak for the story, or for its surroundings.

The weights of words are learnt (``story_model``); a list of names that never belong to a story stands in ``prune``.
"""

import itertools
import re
from functools import lru_cache
from typing import NamedTuple

from pipeline.stages.extract import story_model
from pipeline.stages.extract.prune import REMEMBERED, is_furniture_name

MOST_NAMES, MOST_WORDS = 20, 6
LONGEST = 200
"""Characters. Longer class attributes are the settings of a layout system, not a name."""
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


class Verdict(NamedTuple):
    """What names say of the element's own line (``near``) and of lines deeper inside; above 0: for the story.

    ``is_furniture``: does one of them stand for a part of the page that never belongs to the story?
    """

    near: float = 0.0
    far: float = 0.0
    is_furniture: bool = False


NOTHING_SAID, FURNITURE = Verdict(), Verdict(is_furniture=True)


@lru_cache(maxsize=REMEMBERED)
def verdict_on(classes: str, identity: str) -> Verdict:
    """What the names of an element say."""
    words, is_furniture = set[str](), False
    for name in _names(classes, identity):
        telling, furniture = _said_by(name)
        words.update(telling)
        is_furniture = is_furniture or furniture
    if not words:
        return FURNITURE if is_furniture else NOTHING_SAID
    known = story_model.shipped().words
    # In this order, since sums of floats depend on it.
    weights = [known[word] for word in sorted(words)]
    return Verdict(sum([near for near, _ in weights]), sum([far for _, far in weights]), is_furniture)


def words_of(classes: str, identity: str) -> list[str]:
    """The words of all names and the pairs of neighbours among them, sorted."""
    return sorted({word for name in _names(classes, identity) for word in _words_in(name[:LONGEST])})


@lru_cache(maxsize=REMEMBERED)
def _said_by(name: str) -> tuple[tuple[str, ...], bool]:
    """The words of one name that have a weight, and whether it stands for furniture."""
    known = story_model.shipped().words
    return tuple([word for word in _words_in(name[:LONGEST]) if word in known]), is_furniture_name(name)


def _words_in(name: str) -> list[str]:
    parts = [part.lower() for part in _WORD.findall(name)]
    if len(parts) > MOST_WORDS:
        return []
    pairs = [f"{one}-{other}" for one, other in itertools.pairwise(parts)]
    return [part for part in parts if len(part) > 1] + pairs


def _names(classes: str, identity: str) -> list[str]:
    return [*classes[: MOST_NAMES * LONGEST].split()[:MOST_NAMES], *identity[:LONGEST].split()[:MOST_NAMES]]
