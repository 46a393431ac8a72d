"""CPU of tagging one story, one topic being the unit: several topics, alike or not.

    python -m bench.topics.speed --data DIR --topics config/topics

Stories of at least 560 words are joined from graded ones, most of them near the topic.
"""

import argparse
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from bench.topics.labels import Story, graded
from pipeline.config.topics import load_topics
from pipeline.stages.tag import tag
from pipeline.topic import PhraseGroup, Topic

SEED, STORIES, WORDS, TOPICS, RUNS = 1, 60, 560, 50, 3
KEPT = 0.9
"""Share of the phrases that each of the topics with one subject keeps: no two have the same."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--topics", type=Path, default=Path("config/topics"))
    asked = parser.parse_args()
    topics = load_topics(asked.topics)
    stories = list(joined(graded(asked.data), random.Random(SEED)))  # noqa: S311 - a repeatable choice, no secret
    unit = seconds(stories, topics[:1])
    print(f"one topic: {unit * 1000:.2f} ms a story")
    for name, several in (
        ("those that ship", topics),
        (f"{TOPICS} topics with different subjects", many(topics[0], _elsewhere)),
        (f"{TOPICS} topics that differ in name only", many(topics[0], lambda group, _: group)),
        (f"{TOPICS} topics that differ in one phrase", many(topics[0], _with_one_more)),
        (f"{TOPICS} topics with one subject in other words", many(topics[0], _thinned)),
    ):
        print(f"{name}: {seconds(stories, several) / unit:.1f}")


def joined(stories: Sequence[Story], chance: random.Random) -> Iterator[tuple[str, str]]:
    near = [story for story in stories if story.grade == 2 or story.stratum == "keyword_mention"]
    for _ in range(STORIES):
        told: list[str] = []
        while len(" ".join(told).split()) < WORDS:
            told.append(chance.choice(near).text)
        yield chance.choice(near).title, "\n".join(told)


def many(topic: Topic, change: Callable[[PhraseGroup, int], PhraseGroup]) -> tuple[Topic, ...]:
    """The topic, and others made of it."""
    others = (
        replace(topic, id=f"other-{number}", groups=tuple(change(group, number) for group in topic.groups))
        for number in range(1, TOPICS)
    )
    return (topic, *others)


def _elsewhere(group: PhraseGroup, number: int) -> PhraseGroup:
    return replace(group, phrases=tuple(f"{phrase} q{number}" for phrase in group.phrases))


def _with_one_more(group: PhraseGroup, number: int) -> PhraseGroup:
    return replace(group, phrases=(*group.phrases, f"{group.phrases[0]} q{number}"))


def _thinned(group: PhraseGroup, number: int) -> PhraseGroup:
    chance = random.Random(number)  # noqa: S311 - a repeatable choice, no secret
    first, *others = group.phrases
    return replace(group, phrases=(first, *(phrase for phrase in others if chance.random() < KEPT)))


def seconds(stories: Sequence[tuple[str, str]], topics: tuple[Topic, ...]) -> float:
    """CPU of one story, the best of some runs; a first one makes the topics ready."""
    return min(_run(stories, topics) for _ in range(RUNS + 1)) / len(stories)


def _run(stories: Sequence[tuple[str, str]], topics: tuple[Topic, ...]) -> float:
    begun = time.process_time()
    for title, text in stories:
        tag(title, text, topics)
    return time.process_time() - begun


if __name__ == "__main__":
    main()
