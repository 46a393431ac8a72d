"""What a story shows of a topic, as four numbers from 0 to 1."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, prod

from pipeline.stages.tag.likeness import Vector, cosine, terms, vector
from pipeline.stages.tag.mentions import Mention, PhraseBook
from pipeline.stages.tag.words import Word, words_of
from pipeline.topic import Line, Reference, Topic

# How much of a group's weight in a story comes from its headline, its opening and the rest.
TITLE, LEAD, BODY = 0.7, 0.5, 0.5
LEAD_WORDS = 60
# So many mentions are all that an opening can show; the rest needs one in so many words, and never fewer than three.
# A side remark at the end of a long story therefore counts next to nothing.
LEAD_MENTIONS, REST_MENTIONS, REST_WORDS = 2, 3, 60
# Words in which all lines of a topic have to meet to count as told together: a paragraph.
STRETCH = 40
# What is left of lines that never meet.
APART = 0.25
# A word of the headline counts as so many words of the text when texts are compared.
TITLE_REPEATS = 2


@dataclass(frozen=True, slots=True)
class Signals:
    """The numbers that decide.

    ``subject``: how much the story is about what sets the topic apart.
    ``together``: the same for all lines of the topic (geometric mean), the more the nearer they stand to each other;
    0 when one of them is missing.
    ``likeness``: to the most similar reference story.
    ``against``: how much the story is about other things, weighted and joined as independent chances are.
    """

    subject: float
    together: float
    likeness: float
    against: float


@dataclass(frozen=True, slots=True)
class Passage:
    """The headline or the text of a story with its words and the mentions of one topic's groups."""

    text: str
    words: Sequence[Word]
    mentions: Sequence[Mention]


def read(book: PhraseBook, text: str, words: Sequence[Word]) -> Passage:
    """``words`` are those of ``text``; they are read once for all topics."""
    return Passage(text, words, book.mentions(text, words))


@dataclass(frozen=True, slots=True)
class Rules:
    """A topic made ready for use."""

    topic: Topic
    book: PhraseBook
    references: tuple[Vector, ...]


@lru_cache(maxsize=256)
def rules_of(topic: Topic) -> Rules:
    """Built once for each topic and process."""
    book = PhraseBook((*topic.groups, *topic.against))
    return Rules(topic, book, tuple(_reference_vector(book, story) for story in topic.references))


def signals(rules: Rules, title: Passage, text: Passage) -> Signals:
    topic, weight, story = rules.topic, _weights(title, text), _story_vector(title, text)
    return Signals(
        subject=_line(topic.subject, weight),
        together=_all_lines(topic, weight) * _closeness(topic, title, text),
        likeness=max((cosine(story, reference) for reference in rules.references), default=0.0),
        against=1 - prod(1 - group.weight * weight.get(group.name, 0.0) for group in topic.against),
    )


def _reference_vector(book: PhraseBook, story: Reference) -> Vector:
    title, text = (read(book, passage, words_of(passage)) for passage in (story.title, story.text))
    return _story_vector(title, text)


def _story_vector(title: Passage, text: Passage) -> Vector:
    headline, body = terms(title.words, title.mentions), terms(text.words, text.mentions)
    return vector(body + Counter({term: TITLE_REPEATS * count for term, count in headline.items()}))


def _line(line: Line, weight: Mapping[str, float]) -> float:
    return max((share * weight.get(group, 0.0) for group, share in line), default=0.0)


def _all_lines(topic: Topic, weight: Mapping[str, float]) -> float:
    """How well the groups meet every line of the topic: the geometric mean."""
    lines = (topic.subject, *topic.together)
    return prod(_line(line, weight) for line in lines) ** (1 / len(lines))


def _closeness(topic: Topic, title: Passage, text: Passage) -> float:
    """How much of the story has every line within one stretch of words: ``APART`` to 1.

    The headline with the opening is half of it. A report about something else that names the other lines in one
    paragraph of background has little. Stretches begin every half stretch, so that no border parts neighbours.
    """
    near: dict[int, dict[str, float]] = {0: {mention.group: 1.0 for mention in title.mentions}}
    for mention in text.mentions:
        half = mention.first // (STRETCH // 2)
        for stretch in {half, max(0, half - 1)}:
            near.setdefault(stretch, {})[mention.group] = 1.0
    met = [_all_lines(topic, groups) for _, groups in sorted(near.items())]
    stretches = max(len(met), ceil(len(text.words) / (STRETCH // 2)) - 1)
    return APART + (1 - APART) * (met[0] + sum(met) / stretches) / 2


def _weights(title: Passage, text: Passage) -> dict[str, float]:
    """For each group that is mentioned: how much the story is about it, 0 to 1.

    Headline, opening and rest each give their part, joined as independent chances are, so more never counts less.
    """
    in_title = _counts(title.mentions)
    in_lead = _counts(mention for mention in text.mentions if mention.first < LEAD_WORDS)
    in_rest = _counts(mention for mention in text.mentions if mention.first >= LEAD_WORDS)
    enough = max(REST_MENTIONS, (len(text.words) - LEAD_WORDS) / REST_WORDS)
    return {
        group: 1
        - (1 - TITLE * (group in in_title))
        * (1 - LEAD * min(1.0, in_lead[group] / LEAD_MENTIONS))
        * (1 - BODY * min(1.0, in_rest[group] / enough))
        for group in {*in_title, *in_lead, *in_rest}
    }


def _counts(mentions: Iterable[Mention]) -> Counter[str]:
    return Counter(mention.group for mention in mentions)
