"""The feed list: YAML to ``FeedSource`` records."""

import re
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipeline.config.web_address import web_address_problem
from pipeline.config.yaml_source import read_yaml, shown, stamps
from pipeline.errors import ConfigError
from pipeline.model import FeedSource

MAX_BYTES = 20_000_000
"""Some hundred thousand feeds."""
FIELDS = ("id", "name", "url", "language", "group", "interval", "full_text", "enabled", "seen_in")
REQUIRED = ("id", "name", "url")
# ``seen_in`` says where and when the feed's address was found; nobody but people reads it.
TEXTS = ("name", "url", "language", "group", "seen_in")
LONGEST_TEXT = 2000
ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
INTERVAL = re.compile(r"([1-9][0-9]{0,6})([smhd])")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
LONGEST_INTERVAL = timedelta(days=31)


def load_feeds(path: Path) -> tuple[FeedSource, ...]:
    """All feeds of the list at ``path``, in its order. Raises ``ConfigError`` naming every mistake."""
    feeds, problems = check_feeds(path)
    if problems:
        raise ConfigError(problems)
    return feeds


def check_feeds(path: Path) -> tuple[tuple[FeedSource, ...], list[str]]:
    """The feeds that can be read and one line for each mistake; read once as long as the file stays the same."""
    feeds, problems = _checked(path, stamps(path))
    return feeds, list(problems)


@lru_cache(maxsize=1)
def _checked(path: Path, _: object) -> tuple[tuple[FeedSource, ...], list[str]]:
    document, problems = read_yaml(path, MAX_BYTES)
    if problems:
        return (), problems
    rows = document.get("feeds") if isinstance(document, dict) else None
    if not isinstance(rows, list):
        return (), [f"{path}: wants a mapping with the key 'feeds' that holds a list"]
    problems += [f"{path}: unknown key {shown(key)} (known: feeds)" for key in document if key != "feeds"]
    feeds: list[FeedSource] = []
    numbers: dict[str, int] = {}
    for number, row in enumerate(rows, start=1):
        feed, mistakes = _feed(row)
        name = _id(row)
        if name and numbers.setdefault(name, number) != number:
            mistakes.append(f"the id is already used by feed {numbers[name]}")
        where = f"{path}: feed {number}" + (f" ({name})" if name else "")
        problems += [f"{where}: {mistake}" for mistake in mistakes]
        feeds += [feed] if feed and not mistakes else []
    return tuple(feeds), problems


def _id(row: Any) -> str | None:
    """The row's id, if it is one."""
    name = row.get("id") if isinstance(row, dict) else None
    return name if isinstance(name, str) and ID.fullmatch(name) else None


def _feed(row: Any) -> tuple[FeedSource | None, list[str]]:
    if not isinstance(row, dict):
        return None, ["wants a mapping with id, name and url"]
    interval, mistakes = _interval(row.get("interval"))
    problems = [*_mistakes(row), *mistakes]
    if problems:
        return None, problems
    given = {key: row[key] for key in ("language", "group", "full_text", "enabled") if row.get(key) is not None}
    return FeedSource(id=row["id"], name=row["name"].strip(), url=row["url"].strip(), interval=interval, **given), []


def _mistakes(row: dict[Any, Any]) -> list[str]:
    problems = [f"unknown key {shown(key)} (known: {', '.join(FIELDS)})" for key in row if key not in FIELDS]
    problems += [f"{key} is missing" for key in REQUIRED if row.get(key) is None]
    if row.get("id") is not None and _id(row) is None:
        problems.append("id must be a slug of a-z, 0-9 and '-', at most 64 long; put a number in quotes")
    problems += [mistake for key in TEXTS for mistake in _text_mistakes(key, row.get(key))]
    if row.get("full_text", "page") not in ("page", "feed"):
        problems.append("full_text must be 'page' or 'feed'")
    if not isinstance(row.get("enabled", True), bool):
        problems.append("enabled must be true or false")
    return problems


def _text_mistakes(key: str, value: Any) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, str):
        return [f"{key} must be text; put numbers, dates and words like no in quotes"]
    if not 0 < len(value.strip()) <= LONGEST_TEXT or not value.strip().isprintable():
        return [f"{key} must be one line of 1 to {LONGEST_TEXT} characters"]
    problem = web_address_problem(value.strip()) if key == "url" else None
    return [f"{key} {problem}"] if problem else []


def _interval(value: Any) -> tuple[timedelta | None, list[str]]:
    """The floor between polls, and what is wrong with it."""
    if value is None:
        return None, []
    match = INTERVAL.fullmatch(value) if isinstance(value, str) else None
    interval = timedelta(**{UNITS[match[2]]: int(match[1])}) if match else None
    if interval is None or interval > LONGEST_INTERVAL:
        return None, ["interval must be a whole number with s, m, h or d, such as 30m, and at most 31d"]
    return interval, []
