"""What the names (``class`` and ``id``) of an element say: words that speak for the story, or for its surroundings.

The weights of words are learnt (``story_model``); a list of names that never belong to a story stands in ``prune``.
"""

import itertools
from functools import cache, lru_cache
from typing import NamedTuple

from pipeline.stages.extract import story_model
from pipeline.stages.extract.prune import LONGEST_NAME, REMEMBERED, name_furniture, parts_of

MOST_NAMES, MOST_WORDS = 20, 6


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
    places, is_furniture = list[int](), False
    for name in _names(classes, identity):
        telling, furniture = _said_by(name)
        places += telling
        is_furniture = is_furniture or furniture
    if not places:
        return FURNITURE if is_furniture else NOTHING_SAID
    _, nears, fars = _known()
    near = far = 0.0
    # In this order, since sums of floats depend on it.
    for place in sorted(set(places)):
        near += nears[place]
        far += fars[place]
    return Verdict(near, far, is_furniture)


def words_of(classes: str, identity: str) -> list[str]:
    """The words of all names and the pairs of neighbours among them, sorted."""
    return sorted({word for name in _names(classes, identity) for word in _words_among(parts_of(name))})


@cache
def _known() -> tuple[dict[str, int], list[float], list[float]]:
    """The place of each word that has a weight, in the order of the alphabet, and its weights there, near and far."""
    words = sorted(story_model.shipped().words.items())
    return (
        {word: place for place, (word, _) in enumerate(words)},
        [near for _, (near, _) in words],
        [far for _, (_, far) in words],
    )


@lru_cache(maxsize=REMEMBERED)
def _said_by(name: str) -> tuple[tuple[int, ...], bool]:
    """The places of the words of one name that have a weight, and whether it stands for furniture."""
    known, _, _ = _known()
    parts = parts_of(name)
    return tuple([known[word] for word in _words_among(parts) if word in known]), name_furniture(parts)


def _words_among(parts: list[str]) -> list[str]:
    words = [part for part in parts if part.isalpha()]
    if len(words) > MOST_WORDS:
        return []
    pairs = [f"{one}-{other}" for one, other in itertools.pairwise(words)]
    return [word for word in words if len(word) > 1] + pairs


def _names(classes: str, identity: str) -> list[str]:
    return [*classes[: MOST_NAMES * LONGEST_NAME].split()[:MOST_NAMES], *identity[:LONGEST_NAME].split()[:MOST_NAMES]]
