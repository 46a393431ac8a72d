"""The feed list: YAML to ``FeedSource`` records."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pipeline.config.yaml_source import read_yaml
from pipeline.errors import ConfigError
from pipeline.model import FeedSource

FIELDS = {"id", "name", "url", "language", "group", "interval", "full_text", "enabled", "seen_in"}
ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
INTERVAL = re.compile(r"([1-9][0-9]{0,4})([smhd])")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def load_feeds(path: Path) -> tuple[FeedSource, ...]:
    """All feeds of the list at ``path``, in its order. Raises ``ConfigError`` naming every mistake."""
    feeds, problems = check_feeds(path)
    if problems:
        raise ConfigError(problems)
    return feeds


def check_feeds(path: Path) -> tuple[tuple[FeedSource, ...], list[str]]:
    """The feeds that can be read and one line for each mistake."""
    document, problems = read_yaml(path)
    if problems:
        return (), problems
    rows = document.get("feeds") if isinstance(document, dict) else None
    if not isinstance(rows, list):
        return (), [f"{path}: wants a mapping with the key 'feeds' that holds a list"]
    problems += [f"{path}: unknown key {key!r}" for key in document if key != "feeds"]
    feeds: list[FeedSource] = []
    seen: dict[str, int] = {}
    for number, row in enumerate(rows, start=1):
        feed, mistakes = _feed(row)
        problems += [f"{path}: feed {number}{_named(row)}: {mistake}" for mistake in mistakes]
        if feed is None:
            continue
        if feed.id in seen:
            problems.append(f"{path}: feed {number} ({feed.id}): the id is already used by feed {seen[feed.id]}")
        seen.setdefault(feed.id, number)
        feeds.append(feed)
    return tuple(feeds), problems


def _named(row: Any) -> str:
    return f" ({row['id']})" if isinstance(row, dict) and isinstance(row.get("id"), str) else ""


def _feed(row: Any) -> tuple[FeedSource | None, list[str]]:
    if not isinstance(row, dict):
        return None, ["wants a mapping with id, name and url"]
    problems = [f"unknown key {key!r} (known: {', '.join(sorted(FIELDS))})" for key in row if key not in FIELDS]
    problems += [
        f"{key} is missing" if row.get(key) is None else f"{key} must be text"
        for key in ("id", "name", "url")
        if not isinstance(row.get(key), str) or not row[key].strip()
    ]
    problems += [
        f"{key} must be text" for key in ("language", "group") if not isinstance(row.get(key), (str, type(None)))
    ]
    if isinstance(row.get("id"), str) and not ID.fullmatch(row["id"]):
        problems.append("id must be a slug of a-z, 0-9 and '-', at most 64 long")
    if isinstance(row.get("url"), str) and not _is_http_url(row["url"]):
        problems.append("url must be an absolute http or https URL")
    if row.get("full_text", "page") not in ("page", "feed"):
        problems.append("full_text must be 'page' or 'feed'")
    if not isinstance(row.get("enabled", True), bool):
        problems.append("enabled must be true or false")
    interval = _interval(row.get("interval"))
    if isinstance(interval, str):
        problems.append(interval)
    if problems or isinstance(interval, str):
        return None, problems
    known = {key: row[key] for key in ("language", "group", "full_text", "enabled") if row.get(key) is not None}
    return FeedSource(id=row["id"], name=row["name"].strip(), url=row["url"].strip(), interval=interval, **known), []


def _is_http_url(url: str) -> bool:
    try:
        parts = urlsplit(url.strip())
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def _interval(value: Any) -> timedelta | str | None:
    """The floor between polls, or what is wrong with it."""
    if value is None:
        return None
    match = INTERVAL.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return "interval must be a whole number with s, m, h or d, such as 30m"
    return timedelta(**{UNITS[match[2]]: int(match[1])})
