"""How answers, progress and mistakes are printed. Answers go to standard output, all else to standard error."""

import json
import sys
from datetime import UTC, datetime
from typing import Any

from pipeline.errors import ConfigError, SitrepError


def answer_json(value: Any) -> None:
    """Print one JSON object on one line of standard output; times become ISO 8601 with Z."""
    try:
        sys.stdout.write(json.dumps(value, ensure_ascii=False, default=_plain) + "\n")
    except UnicodeEncodeError:  # a lone surrogate, or a terminal that does not speak UTF-8
        sys.stdout.write(json.dumps(value, default=_plain) + "\n")
    sys.stdout.flush()


def say(message: str) -> None:
    """A line for people on standard error."""
    sys.stderr.write(f"sitrep: {message}\n")
    sys.stderr.flush()


def complain(error: SitrepError) -> None:
    """Print a reason to stop, one line for each part of it."""
    for line in str(error).splitlines() or [type(error).__name__]:
        say(line)


def iso(moment: datetime) -> str:
    """UTC with Z, to the second."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def plain(text: str) -> str:
    """Text from outside on one line without control characters, so that no story can drive the terminal."""
    return "".join(char if char.isprintable() else " " for char in text)


def moment(text: str, option: str) -> datetime:
    """A time typed by the user. Raises ``ConfigError`` unless it is ISO 8601 with a zone."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        parsed = None
    if parsed is None or parsed.tzinfo is None:
        raise ConfigError([f"{option}: {text!r} is not ISO 8601 with a zone, such as 2024-10-21T12:00:00Z"])
    return parsed.astimezone(UTC)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"cannot print {type(value).__name__} as JSON")
