"""A topic made ready for use: its groups as bits, its references as vectors."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from math import prod

from pipeline.stages.tag.likeness import Vector
from pipeline.stages.tag.mentions import PhraseBook
from pipeline.stages.tag.told import Told
from pipeline.topic import Line, PhraseGroup, Topic


class Rules:
    """What is worked out once for each topic and process. A set of groups is a number: the sum of their bits."""

    def __init__(self, topic: Topic) -> None:
        self.topic = topic
        # Topics that differ in name, threshold or model only find the same things in a story.
        self.key = repr((topic.references, topic.groups, topic.subject, topic.together, topic.against))
        names = [group.name for group in all_groups(topic)]
        self.bits = {name: 1 << place for place, name in enumerate(names)}
        self.subject = dict(topic.subject)
        self.against = {group.name: group.weight for group in topic.against}
        self.lines = (topic.subject, *topic.together)
        self.speaking = frozenset(name for line in self.lines for name, _ in line)
        self._speaking, self._opposing = self.set_of(self.speaking), self.set_of(self.against)
        self._met: dict[int, float] = {}
        self._against: dict[int, float] = {}
        self.references = _references(topic)

    def set_of(self, groups: Iterable[str]) -> int:
        """Several groups as one number."""
        found = 0
        for name in groups:
            found |= self.bits[name]
        return found

    def met(self, groups: int) -> float:
        """How well these groups, each fully there, meet every line of the topic; remembered."""
        groups &= self._speaking
        if groups not in self._met:
            self._met[groups] = self.all_lines({name: 1.0 for name, bit in self.bits.items() if groups & bit})
        return self._met[groups]

    def set_against(self, groups: int) -> float:
        """How much these groups, each fully there, speak against the topic; remembered."""
        groups &= self._opposing
        if groups not in self._against:
            self._against[groups] = self.all_against({name: 1.0 for name, bit in self.bits.items() if groups & bit})
        return self._against[groups]

    def all_lines(self, weight: Mapping[str, float]) -> float:
        """How well weighted groups meet every line: the geometric mean; 0 when one of them is missing."""
        met: float = prod(best(line, weight) for line in self.lines)
        mean: float = met ** (1 / len(self.lines))
        return mean

    def all_against(self, weight: Mapping[str, float]) -> float:
        """What speaks against, joined as independent chances are."""
        return 1 - prod(1 - share * weight.get(name, 0.0) for name, share in self.against.items())


def best(line: Line, weight: Mapping[str, float]) -> float:
    """What the group that stands best for a line gives to it."""
    return max((share * weight.get(group, 0.0) for group, share in line), default=0.0)


@lru_cache(maxsize=512)
def rules_of(topic: Topic) -> Rules:
    """Built once for each topic and process."""
    return Rules(topic)


def all_groups(topic: Topic) -> tuple[PhraseGroup, ...]:
    """What speaks for the topic, then what speaks against it."""
    return (*topic.groups, *topic.against)


def _references(topic: Topic) -> tuple[Vector, ...]:
    book = PhraseBook(all_groups(topic))
    return tuple(_reference(Told(story.title, story.text), book) for story in topic.references)


def _reference(story: Told, book: PhraseBook) -> Vector:
    (in_title,), (in_text,) = book.mentions(story.title), book.mentions(story.text)
    return story.telling.vector((story.title.forms, in_title), (story.text.forms, in_text))
