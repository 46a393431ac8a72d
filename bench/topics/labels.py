"""The graded stories, as their folder lays them out: JSON lines with title, summary, grade, stratum and published."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LABELS = Path("topic-labels")
LONG_TEXTS = Path("whitehouse-texts/texts.jsonl.gz")
FULL = 5.0
"""Mentions in 1,000 words from which on a long text cannot serve as a negative."""


@dataclass(frozen=True, slots=True)
class Story:
    """``grade``: 2 = mainly about the topic, 1 = a side theme or a consequence, 0 = not about it. ``day``: ISO."""

    title: str
    text: str
    grade: int
    stratum: str
    day: str


def graded(data: Path) -> list[Story]:
    """All graded headlines with their summaries, in order of time."""
    rows = [
        json.loads(line) for file in sorted((data / LABELS).glob("*.jsonl")) for line in file.open(encoding="utf-8")
    ]
    stories = [
        Story(row["title"], row["summary"], int(row["grade"]), row["stratum"], row["published"][:10]) for row in rows
    ]
    return sorted(stories, key=lambda story: story.day)


def long_negatives(data: Path) -> Iterator[Story]:
    """Statements and briefings in which the topic is a side theme at most."""
    with gzip.open(data / LONG_TEXTS, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if row["per_1000_words"] < FULL:
                yield Story(row["title"], row["text"], min(1, row["hez_leb_mentions"]), "long", row["date"])
