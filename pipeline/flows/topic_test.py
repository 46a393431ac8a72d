"""``topic test``: how well a topic's tags agree with graded stories."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.adapters.local_files import Unreadable, read_file
from pipeline.config.topics import load_topics
from pipeline.errors import ConfigError, UnknownItem
from pipeline.settings import Settings
from pipeline.stages.tag import tag
from pipeline.stages.tag.measure import Bin, Figures, Judged, measured, reliability
from pipeline.topic import Topic

__all__ = ["Figures", "GradedStory", "Mistaken", "TopicTest", "read_labels", "try_topic"]

MAX_BYTES, MAX_STORIES, MAX_PROBLEMS = 500_000_000, 200_000, 20
CURVE = tuple(round(step / 20, 2) for step in range(1, 20))


@dataclass(frozen=True, slots=True)
class GradedStory:
    """``grade``: 2 mainly about the topic, 1 partly, 0 not."""

    id: str
    title: str
    text: str
    grade: int


@dataclass(frozen=True, slots=True)
class Mistaken:
    """A story whose tag and grade disagree. ``phrases``: what spoke for the topic, ``against``: what against it."""

    id: str
    title: str
    grade: int
    score: float
    phrases: tuple[str, ...]
    against: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TopicTest:
    """``strict``: grade 2 against 0; ``wide``: against 0 and 1; ``curve``: the wide figures over thresholds."""

    topic: str
    trained: bool
    strict: Figures
    wide: Figures
    curve: tuple[Figures, ...]
    reliability: tuple[Bin, ...]
    missed: tuple[Mistaken, ...]
    false_alarms: tuple[Mistaken, ...]


def try_topic(settings: Settings, topic_id: str, labels: Path, *, untrained: bool = False) -> TopicTest:
    """Tag every graded story of ``labels``. ``untrained``: as if the topic had no model.

    Raises ``UnknownItem`` for a topic nobody configured, ``ConfigError`` naming every bad line.
    """
    topic = _topic(settings, topic_id)
    topic = replace(topic, model=None) if untrained else topic
    stories = read_labels(labels)
    scores = [tag(story.title, story.text, (topic,))[0] for story in stories]
    judged = [Judged(story.grade, score.score) for story, score in zip(stories, scores, strict=True)]
    wrong = [
        Mistaken(
            story.id,
            story.title,
            story.grade,
            score.score,
            tuple(dict.fromkeys(part.phrase for part in score.evidence)),
            tuple(dict.fromkeys(part.phrase for part in score.against)),
        )
        for story, score in zip(stories, scores, strict=True)
        if score.tagged != (story.grade == 2)
    ]
    return TopicTest(
        topic=topic.id,
        trained=topic.model is not None,
        strict=measured(judged, topic.threshold, (0,)),
        wide=measured(judged, topic.threshold, (0, 1)),
        curve=tuple(measured(judged, threshold, (0, 1)) for threshold in CURVE),
        reliability=reliability(judged),
        missed=tuple(sorted((one for one in wrong if one.grade == 2), key=lambda one: one.score)),
        false_alarms=tuple(sorted((one for one in wrong if one.grade != 2), key=lambda one: -one.score)),
    )


def _topic(settings: Settings, topic_id: str) -> Topic:
    topics = {topic.id: topic for topic in load_topics(settings.topics)}
    if topic_id not in topics:
        raise UnknownItem(f"no topic {topic_id!r} is configured in {settings.topics} (known: {', '.join(topics)})")
    return topics[topic_id]


def read_labels(path: Path) -> tuple[GradedStory, ...]:
    """JSON lines with ``title``, ``text`` or ``summary``, ``grade`` (0, 1, 2), optionally ``id``."""
    try:
        lines = read_file(str(path), MAX_BYTES).decode("utf-8-sig", "replace").split("\n")
    except Unreadable as error:
        raise ConfigError([f"--labels {path}: {error}"]) from None
    rows = [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    read = [_graded(number, line) for number, line in rows[:MAX_STORIES]]
    problems = [f"{path}: {one}" for one in read if isinstance(one, str)]
    stories = tuple(one for one in read if isinstance(one, GradedStory))
    problems += list(_unfit(path, len(rows), stories)) if not problems else []
    if problems:
        more = [f"{path}: and {len(problems) - MAX_PROBLEMS} more"] if len(problems) > MAX_PROBLEMS else []
        raise ConfigError([*problems[:MAX_PROBLEMS], *more])
    return stories


def _unfit(path: Path, lines: int, stories: tuple[GradedStory, ...]) -> Iterator[str]:
    if lines > MAX_STORIES:
        yield f"{path}: more than {MAX_STORIES} stories"
    if not any(story.grade == 2 for story in stories):
        yield f"{path}: holds no story of grade 2, so nothing can be measured"


def _graded(number: int, line: str) -> GradedStory | str:
    """The story of one line, or what is wrong with it."""
    try:
        row: Any = json.loads(line)
    except (ValueError, RecursionError):
        return f"line {number}: not JSON"
    if not isinstance(row, dict):
        return f"line {number}: not a JSON object"
    title, text, grade = row.get("title"), row.get("text", row.get("summary")), row.get("grade")
    if not isinstance(title, str) or not isinstance(text, str):
        return f"line {number}: title and text (or summary) must be strings"
    if isinstance(grade, bool) or grade not in (0, 1, 2):
        return f"line {number}: grade must be 0, 1 or 2"
    return GradedStory(str(row.get("id", number))[:200], title, text, grade)
