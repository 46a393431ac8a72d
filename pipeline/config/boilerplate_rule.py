"""One row of a file of boilerplate rules: to a ``Rule``, or to what is wrong with it."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import re2

from pipeline.stages.clean.folded import fold, in_brackets
from pipeline.stages.clean.matcher import compiled, line_end
from pipeline.stages.clean.repeats import SITE_REPEAT
from pipeline.stages.clean.rules import NOT_STORY, PLACES, Language, Rule

FIELDS = {"id", "where", "pattern", "and_next", "linked", "joins", "match", "not"}
ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
WORD = re.compile(r"\{([a-z][a-z_]*)\}")
RESERVED = frozenset({SITE_REPEAT, NOT_STORY})
"""Ids under which lines are removed without a rule."""
MOST_HEADLINES = 10


@dataclass(frozen=True, slots=True)
class Examples:
    """Lines that a rule must know, and lines that it must leave alone."""

    match: tuple[str, ...]
    spare: tuple[str, ...]


def named(row: Any) -> str:
    """The rule's id as messages show it, where it has one."""
    return f" ({row['id']})" if isinstance(row, dict) and isinstance(row.get("id"), str) else ""


def words_of(value: Any, shared: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """Named parts of patterns, the ``shared`` ones among them. One may use those above it."""
    words = dict(shared)
    if not isinstance(value, dict):
        return words, ["words must be a mapping from names to expressions"]
    problems: list[str] = []
    for name, expression in value.items():
        if not isinstance(name, str) or not WORD.fullmatch(f"{{{name}}}"):
            problems.append(f"words: {name!r} is not a name of a-z and '_'")
        elif not isinstance(expression, str):
            problems.append(f"words: {name} must be text")
        else:
            filled, mistakes = fill(expression, words)
            words[name] = f"(?:{filled})"
            problems += [f"words: {name}: {mistake}" for mistake in mistakes + expression_mistakes(filled)]
    return words, problems


def fill(expression: str, words: dict[str, str]) -> tuple[str, list[str]]:
    """The expression with its words in place, and the words that there are not."""
    unknown = [f"{{{name}}} is not among the words" for name in WORD.findall(expression) if name not in words]
    return WORD.sub(lambda name: words.get(name[1], ""), expression.strip()), unknown


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> Any:
    """Kept while its rule is tried: each pattern meets each example."""
    return compiled(pattern)


def forget_expressions() -> None:
    """Once all are tried: RE2 keeps the last ones, too, and some megabytes with them."""
    _compiled.cache_clear()
    re2.purge()


def expression_mistakes(pattern: str) -> list[str]:
    """Why it is no RE2 expression, if it is none."""
    try:
        _compiled(pattern)
    except re2.error as error:
        return [f"{pattern!r} is not an RE2 expression ({_plain(error)})"]
    return []


def _plain(error: Exception) -> str:
    reason = error.args[0] if error.args else ""
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)


def rule_of(row: Any, words: dict[str, str], language: Language | None) -> tuple[Rule | None, list[str]]:
    """The rule and what it says wrongly of its examples; no rule where the row itself is wrong."""
    if not isinstance(row, dict):
        return None, ["wants a mapping with id, where, pattern and match"]
    problems = [f"unknown key {key!r} (known: {', '.join(sorted(FIELDS))})" for key in row if key not in FIELDS]
    if not isinstance(row.get("id"), str) or not ID.fullmatch(row["id"]):
        problems.append("id must be a slug of a-z, 0-9 and '-', at most 64 long")
    elif row["id"] in RESERVED:
        problems.append(f"id {row['id']} is the name of removals that no rule makes")
    if row.get("where") not in PLACES:
        problems.append(f"where must be one of {', '.join(PLACES)}")
    most = row.get("and_next", 0)
    if not isinstance(most, int) or isinstance(most, bool) or not 0 <= most <= MOST_HEADLINES:
        problems.append(f"and_next must be a whole number from 0 to {MOST_HEADLINES}")
    for switch in ("linked", "joins"):
        if not isinstance(row.get(switch, False), bool):
            problems.append(f"{switch} must be true or false")
    problems += _patterns(row.get("pattern"), words)
    examples, mistakes = _examples(row)
    problems += mistakes
    if problems or examples is None:
        return None, problems
    rule = made(row, words, language)
    return rule, _tried(rule, examples)


def made(row: dict[str, Any], words: dict[str, str], language: Language | None) -> Rule:
    """The rule of a row in which there is no mistake."""
    return Rule(
        row["id"],
        row["where"],
        tuple(fill(part, words)[0] for part in _listed(row["pattern"])),
        row.get("and_next", 0),
        row.get("linked", False),
        row.get("joins", False),
        language.code if language else None,
    )


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _patterns(value: Any, words: dict[str, str]) -> list[str]:
    """What is wrong with a rule's expressions."""
    listed = _listed(value)
    if not isinstance(listed, list) or not listed or not all(isinstance(part, str) and part.strip() for part in listed):
        return ["pattern must be an expression or a list of expressions"]
    filled = [fill(part, words) for part in listed]
    problems = [mistake for pattern, mistakes in filled for mistake in mistakes + expression_mistakes(pattern)]
    return problems + [
        f"{pattern!r} matches an empty line"
        for pattern, _ in filled
        if not expression_mistakes(pattern) and _empty(pattern)
    ]


def _empty(pattern: str) -> bool:
    return _compiled(pattern).fullmatch("") is not None


def _examples(row: dict[str, Any]) -> tuple[Examples | None, list[str]]:
    problems = [
        f"{key} must be a list of lines"
        for key in ("match", "not")
        if not isinstance(row.get(key, []), list) or not all(isinstance(line, str) for line in row.get(key, []))
    ]
    if problems:
        return None, problems
    if not row.get("match"):
        return None, ["match must hold at least one line that the rule knows"]
    return Examples(tuple(row["match"]), tuple(row.get("not", []))), []


def _tried(rule: Rule, examples: Examples) -> list[str]:
    """What the rule says of its own examples that it should not."""
    missed = [f"does not match its example {line!r}" for line in examples.match if not _knows(rule, line)]
    return missed + [f"matches {line!r}, which it must not" for line in examples.spare if _knows(rule, line)]


def _knows(rule: Rule, line: str) -> bool:
    if rule.place == "line-end":
        return any(line_end(pattern).search(line) for pattern in rule.patterns)
    texts = [text for text in (fold(line), in_brackets(fold(line))) if text is not None]
    return any(_compiled(pattern).fullmatch(text) for pattern in rule.patterns for text in texts)
