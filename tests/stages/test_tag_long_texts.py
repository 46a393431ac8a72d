"""The topic that ships, on long texts that were written and graded before its rules were read."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bench.topics.labels import Story
from bench.topics.long import HELD_OUT, TUNED, long_texts, scores
from pipeline.config.topics import load_topics
from pipeline.settings import CHECKOUT
from pipeline.topic import Topic

(TOPIC,) = load_topics(CHECKOUT / "config" / "topics" / "israel-hezbollah.yaml")
BY_RULES_ALONE = replace(TOPIC, model=None)
HALVES = {"tuned": long_texts(TUNED), "held out": long_texts(HELD_OUT)}


@pytest.mark.parametrize(
    ("half", "topic", "least"),
    [
        ("tuned", TOPIC, 0.9),
        ("held out", TOPIC, 0.91),
        ("tuned", BY_RULES_ALONE, 0.85),
        ("held out", BY_RULES_ALONE, 0.9),
    ],
    ids=["tuned", "held out", "tuned, by rules alone", "held out, by rules alone"],
)
def test_so_many_long_texts_of_the_war_are_tagged(half: str, topic: Topic, least: float) -> None:
    assert tagged(HALVES[half], 2, topic) >= least


@pytest.mark.parametrize(("topic", "most"), [(TOPIC, 0.01), (BY_RULES_ALONE, 0.02)], ids=["model", "by rules alone"])
def test_hardly_a_long_near_miss_is_tagged(topic: Topic, most: float) -> None:
    assert tagged([story for half in HALVES.values() for story in half], 0, topic) <= most


@pytest.mark.parametrize("topic", [TOPIC, BY_RULES_ALONE], ids=["model", "by rules alone"])
def test_no_long_near_miss_that_nothing_was_tuned_on_is_tagged(topic: Topic) -> None:
    assert tagged(HALVES["held out"], 0, topic) == 0


def tagged(stories: Sequence[Story], grade: int, topic: Topic) -> float:
    """The share of the stories of this grade that reach the threshold."""
    judged = scores([story for story in stories if story.grade == grade], topic)
    return sum(score >= topic.threshold for score in judged) / len(judged)
