"""Long texts written before the rules were read: strong ones found, false alarms, average precision.

    python -m bench.topics.long --topic config/topics/israel-hezbollah.yaml [--errors]

The rules are tuned on the first of two files and the model learns from it; only its errors are shown.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import yaml

from bench.topics.figures import HEAD, line
from bench.topics.labels import Story
from pipeline.config.topics import load_topics
from pipeline.stages.tag import tag
from pipeline.topic import Topic

FIXTURES = Path(__file__).parent / "fixtures"
TUNED, HELD_OUT = (FIXTURES / f"long_{half}.yaml" for half in ("tuned", "held_out"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--topic", type=Path, required=True)
    parser.add_argument("--errors", action="store_true", help="show the errors of the file that rules are tuned on")
    asked = parser.parse_args()
    (topic,) = load_topics(asked.topic)
    halves = {file.stem: long_texts(file) for file in (TUNED, HELD_OUT)}
    print(HEAD)
    for judged_by, judge in (("model", topic), ("no training", replace(topic, model=None))):
        for name, stories in halves.items():
            print(line(f"{judged_by}, {name}", stories, scores(stories, judge), topic.threshold))
    for name, stories in halves.items():
        found, alarms = errors_at(stories, scores(stories, topic), topic.threshold)
        print(f"{name}: found {found}, false alarms {alarms}")
    if asked.errors:
        show_errors(halves[TUNED.stem], topic)


def long_texts(file: Path) -> list[Story]:
    """The stories of one file; the day is not known."""
    texts = yaml.safe_load(file.read_text(encoding="utf-8"))["texts"]
    return [Story(each["title"], each["text"], each["grade"], each["about"], "") for each in texts]


def scores(stories: Sequence[Story], topic: Topic) -> list[float]:
    return [tag(story.title, story.text, (topic,))[0].score for story in stories]


def errors_at(stories: Sequence[Story], judged: Sequence[float], threshold: float) -> tuple[str, str]:
    """Main stories found, and others off the topic that are tagged, each out of how many."""
    main, off = (
        [score for story, score in zip(stories, judged, strict=True) if story.grade == grade] for grade in (2, 0)
    )
    found, alarms = (sum(score >= threshold for score in each) for each in (main, off))
    return f"{found} of {len(main)}", f"{alarms} of {len(off)}"


def show_errors(stories: Sequence[Story], topic: Topic) -> None:
    for story, score in zip(stories, scores(stories, topic), strict=True):
        if story.grade != 1 and (score >= topic.threshold) != (story.grade == 2):
            print(f"{score:.4f}  grade {story.grade}  {story.stratum}: {story.title}")


if __name__ == "__main__":
    main()
