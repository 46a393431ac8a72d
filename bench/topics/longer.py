"""Long stories, joined from graded summaries of the same weeks, since no graded long ones exist.

A story on the topic is told in summaries on the topic, with up to six tenths of background about neighbouring things.
A story off the topic is told in summaries of one stratum, some with a paragraph on the topic in between.
"""

import random
from collections.abc import Sequence

from bench.topics.labels import Story

WINDOW = 60
"""Stories before and after, in order of time, from which paragraphs are taken."""
NEIGHBOURS = ("gaza_hamas", "israel_other", "iran", "west_bank", "syria_iraq", "houthi_redsea")
PARAGRAPHS = (5, 20)
BACKGROUND = 0.6
WITH_A_REMARK = 0.5
"""Share of the stories off the topic that have a paragraph on it."""
AT_HOME = 4
"""Long stories from each that names the places and parties of the topic and tells of something else."""
SCENE_FIRST = 0.3
"""Share of the stories on the topic that open with something else, as features do."""
PLAIN = 0.4
"""Share of the stories under a heading that says nothing of the topic, as official texts have."""
HEADINGS = (
    "Statement by the President",
    "Remarks at the daily press briefing",
    "Readout of a call with the Prime Minister of Israel",
    "Readout of a meeting with the Israeli Defence Minister",
    "Statement by the spokesperson",
    "Briefing to the Security Council",
    "What happens next",
    "Opinion: the price of waiting",
    "Transcript: an interview with the minister",
)


def lengthened(stories: Sequence[Story], seed: int) -> list[Story]:
    """Long stories from those that are mainly on the topic (two of each) and those that are not at all on it."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable choice, no secret
    found: list[Story] = []
    for place, story in enumerate(stories):
        near = stories[max(0, place - WINDOW) : place + WINDOW]
        if story.grade == 2:
            found += [_on_topic(story, near, chance) for _ in range(2)]
        elif story.grade == 0:
            times = AT_HOME if story.stratum == "keyword_mention" else 1
            found += [_off_topic(story, near, chance) for _ in range(times)]
    return found


def _on_topic(story: Story, near: Sequence[Story], chance: random.Random) -> Story:
    own = [other.text for other in near if other.grade == 2 and other.text]
    others = [other.text for other in near if other.stratum in NEIGHBOURS and other.text]
    length = chance.randint(*PARAGRAPHS)
    background = round(length * chance.uniform(0, BACKGROUND)) if others else 0
    told = [*_some(own, length - background, chance), *_some(others, background, chance)]
    chance.shuffle(told)
    opening = _some(others, 1, chance) if chance.random() < SCENE_FIRST else []
    return Story(_heading(story, chance), "\n".join([*opening, story.text, *told]), 2, "long", story.day)


def _off_topic(story: Story, near: Sequence[Story], chance: random.Random) -> Story:
    own = [other.text for other in near if other.grade == 0 and other.stratum == story.stratum and other.text]
    remarks = [other.text for other in near if other.grade == 2 and other.text]
    told = [story.text, *_some(own, chance.randint(*PARAGRAPHS), chance)]
    if chance.random() < WITH_A_REMARK:
        place = chance.randint(0, len(told))
        told[place:place] = _some(remarks, 1, chance)
    return Story(_heading(story, chance), "\n".join(told), 0, story.stratum, story.day)


def _heading(story: Story, chance: random.Random) -> str:
    return chance.choice(HEADINGS) if chance.random() < PLAIN else story.title


def _some(texts: Sequence[str], count: int, chance: random.Random) -> list[str]:
    return [chance.choice(texts) for _ in range(count)] if texts else []
