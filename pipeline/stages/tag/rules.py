"""A topic made ready for use: its phrases as a book, its groups as bits, its references as vectors."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from math import prod

from pipeline.stages.tag.likeness import Vector, counted, story_terms, vector
from pipeline.stages.tag.mentions import Mention, PhraseBook
from pipeline.stages.tag.words import Words
from pipeline.topic import Line, Topic


class Passage:
    """The headline or the text of a story: its words, read once for all topics."""

    __slots__ = ("counts", "words")

    def __init__(self, text: str) -> None:
        self.words = Words(text)
        self.counts = counted(self.words.forms)


class Rules:
    """What is worked out once for each topic and process. A set of groups is a number: the sum of their bits."""

    def __init__(self, topic: Topic) -> None:
        self.topic = topic
        # Topics that differ in name, threshold or model only find the same things in a story.
        self.key = repr((topic.references, topic.groups, topic.subject, topic.together, topic.against))
        self.book = PhraseBook((*topic.groups, *topic.against))
        subject = {name for name, _ in topic.subject}
        self.subject_book = PhraseBook(group for group in topic.groups if group.name in subject)
        names = [group.name for group in (*topic.groups, *topic.against)]
        self.bits = {name: 1 << place for place, name in enumerate(names)}
        self.subject = dict(topic.subject)
        self.against = {group.name: group.weight for group in topic.against}
        self.lines = (topic.subject, *topic.together)
        self.speaking = frozenset(name for line in self.lines for name, _ in line)
        self._met: dict[int, float] = {}
        self._against: dict[int, float] = {}
        self.references = tuple(
            self.story_vector(Passage(story.title), Passage(story.text)) for story in topic.references
        )

    def story_vector(
        self,
        title: Passage,
        text: Passage,
        in_title: Sequence[Mention] | None = None,
        in_text: Sequence[Mention] | None = None,
    ) -> Vector:
        """The words of a story for comparison with others; mentions are looked up unless given."""
        in_title = self.book.mentions(title.words) if in_title is None else in_title
        in_text = self.book.mentions(text.words) if in_text is None else in_text
        return vector(
            story_terms((title.counts, title.words.forms, in_title), (text.counts, text.words.forms, in_text))
        )

    def set_of(self, groups: Iterable[str]) -> int:
        """Several groups as one number."""
        found = 0
        for name in groups:
            found |= self.bits[name]
        return found

    def met(self, groups: int) -> float:
        """How well these groups, each fully there, meet every line of the topic; remembered."""
        if groups not in self._met:
            self._met[groups] = self.all_lines({name: 1.0 for name, bit in self.bits.items() if groups & bit})
        return self._met[groups]

    def set_against(self, groups: int) -> float:
        """How much these groups, each fully there, speak against the topic; remembered."""
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
