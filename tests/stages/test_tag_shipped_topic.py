"""The topic that ships, tried on invented stories: rows of tag_cases.yaml."""

import re
from pathlib import Path

import pytest
import yaml

from pipeline.config.topics import load_topics
from pipeline.settings import CHECKOUT
from pipeline.stages.tag import tag

CASES = yaml.safe_load((Path(__file__).parent / "tag_cases.yaml").read_text(encoding="utf-8"))
TOPICS = load_topics(CHECKOUT / "config" / "topics")
AT_HOME = ("Lebanon", "Lebanese", "Hezbollah")
(TOPIC,) = [topic for topic in TOPICS if topic.id == "israel-hezbollah"]


@pytest.mark.parametrize("story", CASES["tagged"], ids=lambda story: story["title"][:40])
def test_a_story_of_the_war_is_tagged(story: dict[str, str]) -> None:
    (score,) = tag(story["title"], story["text"], (TOPIC,))
    assert score.tagged, score
    assert score.evidence


@pytest.mark.parametrize("story", CASES["near misses"], ids=lambda story: story["title"][:40])
def test_a_near_miss_is_not_tagged(story: dict[str, str]) -> None:
    (score,) = tag(story["title"], story["text"], (TOPIC,))
    assert not score.tagged, score


@pytest.mark.parametrize("number", range(len(TOPIC.references)))
def test_a_reference_story_scores_highest(number: int) -> None:
    story = TOPIC.references[number]
    assert tag(story.title, story.text, (TOPIC,))[0].score > 0.95


ELSEWHERE = [story for story in CASES["near misses"] if not set(AT_HOME) & set(re.findall(r"\w+", str(story.values())))]


@pytest.mark.parametrize("story", ELSEWHERE, ids=lambda story: story["title"][:40])
@pytest.mark.parametrize("paragraphs", [5, 15])
def test_a_side_remark_at_the_end_of_a_long_story_from_elsewhere_does_not_tag_it(
    story: dict[str, str], paragraphs: int
) -> None:
    remark = "In Lebanon, Israel and Hezbollah went on trading fire."
    (score,) = tag(story["title"], "\n".join([story["text"]] * paragraphs + [remark]), (TOPIC,))
    assert not score.tagged, score


def test_long_stories_of_the_war_are_tagged_too() -> None:
    text = "\n".join(story["text"] for story in CASES["tagged"] if story["text"].isascii())
    (score,) = tag("Hezbollah and Israel: a year at the border", text * 4, (TOPIC,))
    assert score.score > 0.8
