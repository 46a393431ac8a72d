"""From signals to a score and its evidence."""

import math
from collections.abc import Iterator
from typing import Literal

from pipeline.model import Evidence, TopicScore
from pipeline.stages.tag.signals import Passage, Rules, Signals, read, rules_of, signals
from pipeline.stages.tag.words import words_of
from pipeline.topic import Topic

# The score is the logistic function of a weighted sum. The weights are the same for every topic: fitted to graded
# headlines and summaries of autumn 2023 and to long texts joined from them (logistic regression), then rounded.
# Each fifth of the time, judged by weights fitted to the rest, had an F1 0.02 below that of these weights.
BIAS = -6.1
SUBJECT, TOGETHER, LIKENESS, AGAINST = 3.4, 7.0, 7.8, 5.6
# Keeps the exponential in range however much speaks against.
LOWEST = -50.0

# Longer ones are judged by their beginning; a text of 200,000 characters has about 30,000 words.
LONGEST_TITLE, LONGEST_TEXT = 2_000, 200_000
PHRASES_PER_GROUP = 3


def tag(title: str, text: str, topics: tuple[Topic, ...]) -> tuple[TopicScore, ...]:
    """One score for each topic, in their order.

    ``text`` is plain text without the headline. Pure; any text will do, the empty one too.
    """
    title, text = title[:LONGEST_TITLE], text[:LONGEST_TEXT]
    title_words, text_words = words_of(title), words_of(text)
    return tuple(
        _topic_score(rules, read(rules.book, title, title_words), read(rules.book, text, text_words))
        for rules in map(rules_of, topics)
    )


def _topic_score(rules: Rules, title: Passage, text: Passage) -> TopicScore:
    topic, shown = rules.topic, signals(rules, title, text)
    score = score_of(shown, topic.threshold)
    evidence = (*_evidence(topic, "title", title), *_evidence(topic, "text", text)) if shown.subject else ()
    return TopicScore(topic.id, score, score >= topic.threshold, evidence)


def score_of(shown: Signals, threshold: float) -> float:
    """0 to 1, rounded to four places. What must come together and does not stays below half the threshold."""
    total = (
        BIAS + SUBJECT * shown.subject + TOGETHER * shown.together + LIKENESS * shown.likeness - AGAINST * shown.against
    )
    score = 1 / (1 + math.exp(-max(total, LOWEST)))
    return round(score if shown.together else score * threshold / 2, 4)


def _evidence(topic: Topic, field: Literal["title", "text"], passage: Passage) -> Iterator[Evidence]:
    """The first different phrases of each group that speaks for the topic, in their order."""
    speaking = {group for line in (topic.subject, *topic.together) for group, _ in line}
    seen: dict[str, set[tuple[str, ...]]] = {group: set() for group in speaking}
    for mention in passage.mentions:
        if mention.group not in speaking:
            continue
        words = passage.words[mention.first : mention.end]
        forms = tuple(word.form for word in words)
        known = seen[mention.group]
        if forms in known or len(known) == PHRASES_PER_GROUP:
            continue
        known.add(forms)
        start, end = words[0].start, words[-1].end
        yield Evidence(passage.text[start:end], field, start, end)
