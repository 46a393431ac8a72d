"""What a story shows of a topic, as four numbers from 0 to 1 (``against`` may exceed 1)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pipeline.stages.tag.likeness import Vector, cosine, terms, vector
from pipeline.stages.tag.mentions import Mention, PhraseBook
from pipeline.stages.tag.words import Word, words_of
from pipeline.topic import Line, Topic

# How much of a group's weight in a story comes from its headline, its opening and the rest.
TITLE, LEAD, BODY = 0.7, 0.5, 0.5
LEAD_WORDS = 60
# A word of the headline counts as so many words of the text when texts are compared.
TITLE_REPEATS = 2


@dataclass(frozen=True, slots=True)
class Signals:
    """The numbers that decide.

    ``subject``: how much the story is about what sets the topic apart.
    ``together``: the same for all lines of the topic (geometric mean); 0 when one of them is missing.
    ``likeness``: to the most similar reference story.
    ``against``: how much the story is about other things, weighted.
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


@dataclass(frozen=True, slots=True)
class Rules:
    """A topic made ready for use."""

    topic: Topic
    book: PhraseBook
    references: tuple[Vector, ...]

    def read(self, text: str, words: Sequence[Word]) -> Passage:
        return Passage(text, words, self.book.mentions(text, words))


@lru_cache(maxsize=256)
def rules_of(topic: Topic) -> Rules:
    """Built once for each topic and process."""
    book = PhraseBook((*topic.groups, *topic.against))
    passages = [
        [
            Passage(text, words, book.mentions(text, words))
            for text in (story.title, story.text)
            for words in [words_of(text)]
        ]
        for story in topic.references
    ]
    return Rules(topic, book, tuple(_story_vector(title, text) for title, text in passages))


def signals(rules: Rules, title: Passage, text: Passage) -> Signals:
    topic, weight = rules.topic, _weights(title, text)
    subject = _line(topic.subject, weight)
    product = subject
    for line in topic.together:
        product *= _line(line, weight)
    story = _story_vector(title, text)
    return Signals(
        subject=subject,
        together=product ** (1 / (1 + len(topic.together))),
        likeness=max(cosine(story, reference) for reference in rules.references),
        against=sum(group.weight * weight.get(group.name, 0.0) for group in topic.against),
    )


def _story_vector(title: Passage, text: Passage) -> Vector:
    headline, body = terms(title.words, title.mentions), terms(text.words, text.mentions)
    return vector(body + Counter({term: TITLE_REPEATS * count for term, count in headline.items()}))


def _line(line: Line, weight: Mapping[str, float]) -> float:
    return max(share * weight.get(group, 0.0) for group, share in line)


def _weights(title: Passage, text: Passage) -> dict[str, float]:
    """For each group that is mentioned: how much the story is about it, 0 to 1.

    Headline, opening and rest each give their part, joined as independent chances are, so more never counts less.
    """
    in_title = _counts(title.mentions)
    in_lead = _counts(mention for mention in text.mentions if mention.first < LEAD_WORDS)
    in_rest = _counts(mention for mention in text.mentions if mention.first >= LEAD_WORDS)
    rest = len(text.words) - LEAD_WORDS
    return {
        group: 1
        - (1 - TITLE * (group in in_title))
        * (1 - LEAD * _density(in_lead[group], LEAD_WORDS))
        * (1 - BODY * _density(in_rest[group], rest))
        for group in {*in_title, *in_lead, *in_rest}
    }


def _counts(mentions: Iterable[Mention]) -> Counter[str]:
    return Counter(mention.group for mention in mentions)


def _density(count: int, words: int) -> float:
    """1 from two mentions on, in longer passages from one in a hundred words on; a side mention is near 0."""
    return min(1.0, count / max(2.0, words / 100))
