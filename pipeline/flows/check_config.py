"""Every mistake in the environment and in every configuration file, found in one go and without the network."""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from pipeline.adapters.search_index.schema import FOLDER
from pipeline.config.boilerplate import BOILERPLATE, check_boilerplate
from pipeline.config.feeds import check_feeds
from pipeline.config.topics import check_topics
from pipeline.settings import PREFIX, check_settings, setting_names

ENVIRONMENT = "environment"
INDEX_FILES = ("analysis-full.json", "analysis-local.json", "runs.json", "stories.json")
# So alike are a name and its misspelling, from 0 to 1; other programs may have variables of their own below the prefix.
MISSPELT = 0.85


@dataclass(frozen=True, slots=True)
class Mistake:
    """``file``: a path, or ``environment``. ``problem``: where in it, what is wrong, and what would be right."""

    file: str
    problem: str


@dataclass(frozen=True, slots=True)
class Findings:
    """All mistakes, and how much could be read in spite of them."""

    problems: tuple[Mistake, ...]
    feeds: int
    topics: int
    rules: int

    @property
    def ok(self) -> bool:
        return not self.problems


def check_config(boilerplate: Path = BOILERPLATE, elasticsearch: Path = FOLDER) -> Findings:
    """Check the environment and the files it names. A file is checked even where another setting is wrong."""
    settings, mistaken = check_settings()
    feeds, wrong_feeds = check_feeds(settings.feeds)
    topics, wrong_topics = check_topics(settings.topics)
    rules, wrong_rules = check_boilerplate(boilerplate)
    problems = (
        *(Mistake(ENVIRONMENT, problem) for problem in (*mistaken, *_misspelt(os.environ))),
        *_located(wrong_feeds, settings.feeds),
        *_located(wrong_topics, settings.topics),
        *_located(wrong_rules, boilerplate),
        *_index_mistakes(elasticsearch),
    )
    return Findings(problems, len(feeds), len(topics), len(rules.rules) if rules else 0)


def _misspelt(names: Iterable[str]) -> Iterator[str]:
    """Variables that look like a setting and are none: they would silently do nothing."""
    known = setting_names()
    for name in sorted(set(names) - set(known)):
        if name.startswith(PREFIX) and (close := get_close_matches(name, known, 1, MISSPELT)):
            yield f"{name}: no such setting; did you mean {close[0]}?"


def _located(problems: Sequence[str], path: Path) -> Iterator[Mistake]:
    """Messages begin with the file they are about: ``path`` itself, or a file in it."""
    for problem in problems:
        end = problem.index(": ", len(str(path)))
        yield Mistake(problem[:end], problem[end + 2 :])


def _index_mistakes(folder: Path) -> Iterator[Mistake]:
    for name in INDEX_FILES:
        if problem := _json_problem(folder / name):
            yield Mistake(str(folder / name), problem)


def _json_problem(path: Path) -> str | None:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        return f"cannot read it ({error.strerror})"
    except (ValueError, RecursionError) as error:
        return f"not JSON ({error})"
    return None if isinstance(document, dict) else "wants a JSON object"
