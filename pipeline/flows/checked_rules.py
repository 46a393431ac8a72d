"""The boilerplate rules, tried on their own examples once for each state of their files and not at each start."""

from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import re2

from pipeline.adapters.file_swap import replace_file
from pipeline.config import boilerplate, boilerplate_rule
from pipeline.config.boilerplate import BOILERPLATE, check_boilerplate, files_of, trusted_boilerplate
from pipeline.config.folders import cache_folder
from pipeline.config.yaml_source import stamps
from pipeline.errors import ConfigError
from pipeline.stages.clean import folded, matcher
from pipeline.stages.clean import rules as rules_code
from pipeline.stages.clean.rules import Rules

NOTE = "checked-rules"


def load_rules(path: Path = BOILERPLATE) -> Rules:
    """The rules of the file at ``path`` and those beside it. Raises ``ConfigError`` naming every mistake."""
    rules, problems = checked_rules(path)
    if rules is None or problems:
        raise ConfigError(problems)
    return rules


def checked_rules(path: Path = BOILERPLATE) -> tuple[Rules | None, list[str]]:
    """The rules that can be read, and one line for each mistake.

    A note in the cache folder says in which state of the files there was none: trying the rules takes more than
    a second. Where no note can be kept they are tried each time.
    """
    state = _state(path)
    with suppress(Exception):  # no note, or the file has just been replaced
        if (cache_folder() / NOTE).read_text("ascii") == state:
            return trusted_boilerplate(path), []
    rules, problems = check_boilerplate(path)
    if not problems:
        with suppress(OSError, RuntimeError):
            _note(state)
    return rules, problems


def _state(path: Path) -> str:
    """Of the rules, and of what tries them."""
    judges = (boilerplate, boilerplate_rule, folded, matcher, rules_code, re2)
    return sha256(
        repr(stamps(*files_of(path), *(Path(str(module.__file__)) for module in judges))).encode()
    ).hexdigest()


def _note(state: str) -> None:
    cache_folder().mkdir(parents=True, exist_ok=True)
    replace_file(cache_folder() / NOTE, state.encode())
