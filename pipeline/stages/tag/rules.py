"""A topic made ready for use: its groups as numbers, its references as examples."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import groupby
from math import prod

from pipeline.stages.tag.likeness import Example, example, telling_of
from pipeline.stages.tag.mentions import PhraseBook
from pipeline.stages.tag.sightings import Sightings
from pipeline.stages.tag.words import Words
from pipeline.topic import Line, PhraseGroup, Topic

Numbered = tuple[tuple[int, float], ...]
"""A line with the numbers of its groups, the one that stands best for it first."""
Levels = tuple[tuple[float, tuple[int, ...]], ...]
"""The same, with those that stand for it equally well taken together."""

# What speaks against a topic at least so much takes away from a stretch that mentions it.
WEIGHTY = 0.5


class Rules:
    """What is worked out once for each topic and process. A set of groups is a number with a bit for each."""

    def __init__(self, topic: Topic) -> None:
        self.topic = topic
        # Topics that differ in name, threshold or model only find the same things in a story.
        self.key = repr((topic.references, topic.groups, topic.subject, topic.together, topic.against))
        numbers = {group.name: number for number, group in enumerate(all_groups(topic))}
        self.lines = tuple(_numbered(line, numbers) for line in (topic.subject, *topic.together))
        self.levels = tuple(map(_levels, self.lines))
        self.subject = dict(self.lines[0])
        self.against = {numbers[group.name]: group.weight for group in topic.against}
        self.weighty = tuple(group for group, weight in self.against.items() if weight >= WEIGHTY)
        self.speaking = frozenset(group for line in self.lines for group, _ in line)
        self._speaking, self._opposing = set_of(self.speaking), set_of(self.against)
        self._met: dict[int, float] = {}
        self._against: dict[int, float] = {}
        self.examples = tuple(_examples(topic))
        # Topics that weigh alike what they find: where they find it in the same places they read the same.
        self.shape = repr((self.lines, self.against, [(each.groups, id(each.telling)) for each in self.examples]))

    def met(self, groups: int) -> float:
        """How well these groups, each fully there, meet every line of the topic; remembered."""
        groups &= self._speaking
        if groups not in self._met:
            self._met[groups] = self.all_lines({group: 1.0 for group in self.speaking if groups >> group & 1})
        return self._met[groups]

    def set_against(self, groups: int) -> float:
        """How much these groups, each fully there, speak against the topic; remembered."""
        groups &= self._opposing
        if groups not in self._against:
            self._against[groups] = self.all_against({group: 1.0 for group in self.against if groups >> group & 1})
        return self._against[groups]

    def all_lines(self, weight: Mapping[int, float]) -> float:
        """How well weighted groups meet every line: the geometric mean; 0 when one of them is missing."""
        met: float = prod([best(line, weight) for line in self.lines])
        mean: float = met ** (1 / len(self.lines))
        return mean

    def all_against(self, weight: Mapping[int, float]) -> float:
        """What speaks against, joined as independent chances are."""
        return 1 - prod([1 - share * weight[group] for group, share in self.against.items() if group in weight])


def best(line: Numbered, weight: Mapping[int, float]) -> float:
    """What the group that stands best for a line gives to it."""
    return max([share * weight[group] for group, share in line if group in weight], default=0.0)


def set_of(groups: Iterable[int]) -> int:
    """Several groups as one number."""
    return sum({1 << group for group in groups})


@lru_cache(maxsize=512)
def rules_of(topic: Topic) -> Rules:
    """Built once for each topic and process."""
    return Rules(topic)


def all_groups(topic: Topic) -> tuple[PhraseGroup, ...]:
    """What speaks for the topic, then what speaks against it."""
    return (*topic.groups, *topic.against)


def _numbered(line: Line, numbers: Mapping[str, int]) -> Numbered:
    return tuple(sorted(((numbers[name], share) for name, share in line), key=lambda part: -part[1]))


def _levels(line: Numbered) -> Levels:
    return tuple(
        (share, tuple(group for group, _ in alike)) for share, alike in groupby(line, key=lambda part: part[1])
    )


def _examples(topic: Topic) -> Iterator[Example]:
    groups = all_groups(topic)
    book = PhraseBook(groups)
    for story in topic.references:
        sightings = Sightings(Words(story.title), Words(story.text), book)
        mentioned = {
            group: sightings.group(places).words
            for group, places in enumerate(sightings.of(range(len(groups))))
            if places
        }
        yield example(telling_of(story.title, story.text), mentioned)
