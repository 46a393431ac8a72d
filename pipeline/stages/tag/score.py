"""From signals to a score, its evidence and the reasons against it."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pipeline.model import Evidence, TopicScore
from pipeline.stages.tag.rules import Rules
from pipeline.stages.tag.shelf import Shelf
from pipeline.stages.tag.sightings import Sightings
from pipeline.stages.tag.signals import Signals, signals
from pipeline.stages.tag.told import Told
from pipeline.topic import Model, Topic, Weighing

# What a topic without labels is judged by: the logistic function of a weighted sum, the same for every topic, of one,
# subject, together, likeness and against. A text between a short and a long one gets a mean of both.
SHORT = (-6.1, 3.4, 7.0, 7.8, -5.6)
LONG = (-2.6, 2.9, 5.5, 4.1, -7.2)
# Keeps the exponential in range however much speaks against.
LOWEST = -50.0
# A story that mentions the subject at all ranks before one that does not.
LEAST = 0.0001

# Longer ones are judged by their beginning; a text of 200,000 characters has about 30,000 words.
LONGEST_TITLE, LONGEST_TEXT = 2_000, 200_000


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
    shelf = _shelf(topics)
    story = _told(shelf, title, text)
    found = {rules.key: (rules, tuple(places)) for rules, places in shelf.mentions(story)}
    different = {(rules.shape, places): rules for rules, places in found.values()}
    readings = {one: _read(rules, story, one[1]) for one, rules in different.items()}
    by_key = {key: readings[rules.shape, places] for key, (rules, places) in found.items()}
    return tuple([_scored(rules.topic, by_key.get(rules.key)) for rules in shelf.rules])


@lru_cache(maxsize=8)
def _shelf(topics: tuple[Topic, ...]) -> Shelf:
    return Shelf(topics)


def _told(shelf: Shelf, title: str, text: str) -> Told:
    return shelf.told(title[:LONGEST_TITLE], text[:LONGEST_TEXT])


def _scored(topic: Topic, read: Reading | None) -> TopicScore:
    """``read``: None for a story that nowhere mentions the topic's subject."""
    if read is None:
        return TopicScore(topic.id, 0.0, False, rules=topic.digest)
    score = score_of(read.shown, topic)
    return TopicScore(topic.id, score, score >= topic.threshold, read.evidence, read.against, topic.digest)


def _read(rules: Rules, story: Told, places: Sequence[int]) -> Reading:
    evidence, against = (_evidence(groups, story.sightings, places) for groups in (rules.speaking, rules.against))
    return Reading(signals(rules, story, places), evidence, against)


def _evidence(groups: Iterable[int], sightings: Sightings, places: Sequence[int]) -> tuple[Evidence, ...]:
    shown = 0
    for group in groups:
        if places[group]:
            shown |= sightings.group(places[group]).shown
    return sightings.evidence(shown)


def signals_of(title: str, text: str, topic: Topic) -> Signals | None:
    """What a model is trained on; None for a story that nowhere mentions the topic's subject."""
    shelf = _shelf((topic,))
    story = _told(shelf, title, text)
    return next((signals(rules, story, places) for rules, places in shelf.mentions(story)), None)


def score_of(shown: Signals, topic: Topic) -> float:
    """0 to 1, rounded to four places. What must come together and does not stays below half the threshold."""
    total = untrained(shown) if topic.model is None else trained(shown, topic.model)
    score = 1 / (1 + math.exp(-max(total, LOWEST)))
    return max(LEAST, round(score if shown.met else score * topic.threshold / 2, 4))


def untrained(shown: Signals) -> float:
    """The logit of a topic that nobody has labelled stories for."""
    facts = (1.0, shown.subject, shown.together, shown.likeness, shown.against)
    short, long = (sum([fact * weight for fact, weight in zip(facts, each, strict=True)]) for each in (SHORT, LONG))
    return short + (long - short) * shown.long


def trained(shown: Signals, model: Model) -> float:
    """The logit by weights learnt from labelled stories of this topic."""
    short, long = (_weighed(shown, each) for each in (model.short, model.long))
    return short + (long - short) * shown.long


def _weighed(shown: Signals, by: Weighing) -> float:
    total: float = by.bias + sum([weight * getattr(shown, signal) for signal, weight in by.weights])
    return total
