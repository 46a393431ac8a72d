"""From signals to a score, its evidence and the reasons against it."""

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from pipeline.model import Evidence, TopicScore
from pipeline.stages.tag.mentions import Mention
from pipeline.stages.tag.rules import Rules
from pipeline.stages.tag.shelf import Shelf
from pipeline.stages.tag.signals import Signals, signals
from pipeline.stages.tag.told import Mentions, Told
from pipeline.stages.tag.words import Words
from pipeline.topic import Model, Topic

# What a topic without labels is judged by: the logistic function of a weighted sum, the same for every topic.
BIAS = -6.1
SUBJECT, TOGETHER, LIKENESS, AGAINST = 3.4, 7.0, 7.8, 5.6
# Keeps the exponential in range however much speaks against.
LOWEST = -50.0

# Longer ones are judged by their beginning; a text of 200,000 characters has about 30,000 words.
LONGEST_TITLE, LONGEST_TEXT = 2_000, 200_000
PHRASES_PER_GROUP = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """What one set of rules finds in a story: the signals, and the phrases for and against."""

    shown: Signals
    evidence: tuple[Evidence, ...]
    against: tuple[Evidence, ...]


def tag(title: str, text: str, topics: tuple[Topic, ...]) -> tuple[TopicScore, ...]:
    """One score for each topic, in their order.

    ``text`` is plain text without the headline. Pure; any text will do, the empty one too. What takes time is done once
    for all topics, and a topic whose subject is nowhere mentioned costs next to nothing.
    """
    story, shelf = _told(title, text), _shelf(topics)
    readings = {rules.key: _read(rules, story, mentions) for rules, mentions in shelf.mentions(story)}
    return tuple(_scored(rules.topic, readings.get(rules.key)) for rules in shelf.rules)


@lru_cache(maxsize=8)
def _shelf(topics: tuple[Topic, ...]) -> Shelf:
    return Shelf(topics)


def _told(title: str, text: str) -> Told:
    return Told(title[:LONGEST_TITLE], text[:LONGEST_TEXT])


def _scored(topic: Topic, read: Reading | None) -> TopicScore:
    """``read``: None for a story that nowhere mentions the topic's subject."""
    if read is None:
        return TopicScore(topic.id, 0.0, False, rules=topic.digest)
    score = score_of(read.shown, topic)
    return TopicScore(topic.id, score, score >= topic.threshold, read.evidence, read.against, topic.digest)


def _read(rules: Rules, story: Told, mentions: Mentions) -> Reading:
    evidence, against = (
        (*_shown("title", groups, story.title, mentions.title), *_shown("text", groups, story.text, mentions.text))
        for groups in (rules.speaking, rules.against)
    )
    return Reading(signals(rules, story, mentions), evidence, against)


def signals_of(title: str, text: str, topic: Topic) -> Signals | None:
    """What a model is trained on; None for a story that nowhere mentions the topic's subject."""
    story = _told(title, text)
    return next((signals(rules, story, mentions) for rules, mentions in _shelf((topic,)).mentions(story)), None)


def score_of(shown: Signals, topic: Topic) -> float:
    """0 to 1, rounded to four places. What must come together and does not stays below half the threshold."""
    total = untrained(shown) if topic.model is None else trained(shown, topic.model)
    score = 1 / (1 + math.exp(-max(total, LOWEST)))
    return round(score if shown.met else score * topic.threshold / 2, 4)


def untrained(shown: Signals) -> float:
    """The logit of a topic that nobody has labelled stories for."""
    return (
        BIAS + SUBJECT * shown.subject + TOGETHER * shown.together + LIKENESS * shown.likeness - AGAINST * shown.against
    )


def trained(shown: Signals, model: Model) -> float:
    """The logit by weights learnt from labelled stories of this topic."""
    total: float = model.bias + sum([weight * getattr(shown, signal) for signal, weight in model.weights])
    return total


def _shown(
    field: Literal["title", "text"], groups: Collection[str], words: Words, mentions: Sequence[Mention]
) -> Iterator[Evidence]:
    """The first different phrases of each of the ``groups``, in their order."""
    wanted: dict[str, set[tuple[str, ...]]] = {group: set() for group in groups}
    for group, first, end in mentions:
        if group not in wanted or (forms := tuple(words.forms[first:end])) in wanted[group]:
            continue
        wanted[group].add(forms)
        start, stop = words.spans[first][0], words.spans[end - 1][1]
        yield Evidence(words.text[start:stop], field, start, stop)
        if len(wanted[group]) == PHRASES_PER_GROUP:
            del wanted[group]
