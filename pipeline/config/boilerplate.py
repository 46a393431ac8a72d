"""The boilerplate rules: YAML to ``Rules``, each rule tried on its own examples.

A rule is a mapping: ``id``; ``where`` (anywhere, below, opening, ending, onward, line-end); ``pattern`` (one RE2
expression or a list of them, ``{word}`` standing for an entry of the file's ``words``); optionally ``and_next``
(headlines below that go with it), ``linked`` (only lines that are one link) and ``joins`` (its lines stand in forms and
bars); ``match`` and ``not``: lines it must and must not know.

Beside ``boilerplate.yaml`` stands a folder ``boilerplate`` with a file for each further language, named by its code. It
may use the words of the first, and have its own. It says what tells its language: ``letters``, an RE2 class of letters
that languages near it do not have, or ``signs``, a list of its commonest words, none of them common in English.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import re2

from pipeline.config.yaml_source import read_yaml
from pipeline.stages.clean.folded import fold, in_brackets
from pipeline.stages.clean.matcher import compiled, line_end
from pipeline.stages.clean.repeats import SITE_REPEAT
from pipeline.stages.clean.rules import NOT_STORY, PLACES, Language, Rule, Rules

# Found without the settings, whose libraries take 20 MB: worker processes read the rules too.
BOILERPLATE = Path(__file__).resolve().parents[2] / "config" / "boilerplate.yaml"
FIELDS = {"id", "where", "pattern", "and_next", "linked", "joins", "match", "not"}
ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
WORD = re.compile(r"\{([a-z][a-z_]*)\}")
TELLS = ("letters", "signs")
CODE = re.compile(r"[a-z]{2,3}")
RESERVED = frozenset({SITE_REPEAT, NOT_STORY})
"""Ids under which lines are removed without a rule."""
MOST_HEADLINES = 10


@dataclass(frozen=True, slots=True)
class Examples:
    """Lines that a rule must know, and lines that it must leave alone."""

    match: tuple[str, ...]
    spare: tuple[str, ...]


@dataclass(slots=True)
class _Reading:
    """One rule on its way in: what was understood, and what is wrong with it."""

    row: dict[str, Any]
    words: dict[str, str]
    problems: list[str] = field(default_factory=list)


def files_of(path: Path = BOILERPLATE) -> tuple[Path, ...]:
    """The file at ``path``, and those of further languages beside it."""
    return path, *sorted(path.with_suffix("").glob("*.yaml"))


def trusted_boilerplate(path: Path = BOILERPLATE) -> Rules:
    """The rules of files in which ``check_boilerplate`` has found no mistake, without trying them once more.

    Of any other files the answer, or what is raised, means nothing.
    """
    shared: dict[str, str] = {}
    rules: list[Rule] = []
    languages: list[Language] = []
    for file in files_of(path):
        document, _ = read_yaml(file)
        words = shared if file == path else dict(shared)
        for name, expression in document.get("words", {}).items():
            words[name] = f"(?:{_filled(expression, words)[0]})"
        language = None if file == path else _language(file.stem, document)
        rules += [_made(row, words, language) for row in document["rules"]]
        languages += [language] if language else []
    return Rules(tuple(rules), languages=tuple(languages))


def check_boilerplate(path: Path = BOILERPLATE) -> tuple[Rules | None, list[str]]:
    """The rules that can be read, and one line for each mistake. None where a file cannot be read at all."""
    shared: dict[str, str] = {}
    rules: list[Rule] = []
    languages: list[Language] = []
    problems: list[str] = []
    for file in files_of(path):
        document, mistakes = _document(file, ("rules", "words") if file == path else ("rules", "words", *TELLS))
        if document is None:
            return None, problems + mistakes
        words, wrong = _words(document.get("words", {}), shared)
        if file == path:
            shared, language = words, None
        else:
            wrong += _signs(file.stem, document)
            language = None if wrong else _language(file.stem, document)
            languages += [language] if language else []
        found, wrong_rules = _rules(document["rules"], words, language, {rule.id for rule in rules})
        rules += found
        problems += mistakes + [f"{file}: {mistake}" for mistake in wrong + wrong_rules]
    _compiled.cache_clear()
    re2.purge()  # it keeps the last ones, too, and some megabytes with them
    return Rules(tuple(rules), languages=tuple(languages)), problems


def _document(path: Path, keys: Sequence[str]) -> tuple[dict[str, Any] | None, list[str]]:
    """What a file of rules holds, and what it should not."""
    document, problems = read_yaml(path)
    if problems:
        return None, problems
    if not isinstance(document, dict) or not isinstance(document.get("rules"), list):
        return None, [f"{path}: wants a mapping with the key 'rules' that holds a list"]
    return document, [f"{path}: unknown key {key!r}" for key in document if key not in keys]


def _rules(
    rows: list[Any], words: dict[str, str], language: Language | None, taken: set[str]
) -> tuple[list[Rule], list[str]]:
    """The rules of one file; ``taken`` are the ids of the files before it."""
    rules: list[Rule] = []
    problems: list[str] = []
    for number, row in enumerate(rows, start=1):
        rule, mistakes = _rule(row, words, language)
        if rule and rule.id in taken | {other.id for other in rules}:
            mistakes.append("another rule has the same id")
        problems += [f"rule {number}{_named(row)}: {mistake}" for mistake in mistakes]
        rules += [rule] if rule else []
    return rules, problems


def _signs(code: str, document: dict[str, Any]) -> list[str]:
    """What is wrong with that by which a file tells its language."""
    if not CODE.fullmatch(code):
        return [f"{code!r} is not the code of a language, such as fr"]
    letters, signs = document.get("letters"), document.get("signs")
    if (letters is None) == (signs is None):
        return ["wants either letters or signs"]
    if letters is not None:
        return _expression(letters) if isinstance(letters, str) else ["letters must be an expression"]
    if not isinstance(signs, list) or not signs or not all(isinstance(word, str) for word in signs):
        return ["signs must be a list of words"]
    return []


def _language(code: str, document: dict[str, Any]) -> Language:
    return Language(code, document.get("letters", ""), tuple(word.casefold() for word in document.get("signs", ())))


def _named(row: Any) -> str:
    return f" ({row['id']})" if isinstance(row, dict) and isinstance(row.get("id"), str) else ""


def _words(value: Any, shared: dict[str, str]) -> tuple[dict[str, str], list[str]]:
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
            filled, mistakes = _filled(expression, words)
            words[name] = f"(?:{filled})"
            problems += [f"words: {name}: {mistake}" for mistake in mistakes + _expression(filled)]
    return words, problems


def _filled(expression: str, words: dict[str, str]) -> tuple[str, list[str]]:
    unknown = [f"{{{name}}} is not among the words" for name in WORD.findall(expression) if name not in words]
    return WORD.sub(lambda name: words.get(name[1], ""), expression.strip()), unknown


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> Any:
    """Kept while its rule is tried: each pattern meets each example."""
    return compiled(pattern)


def _expression(pattern: str) -> list[str]:
    try:
        _compiled(pattern)
    except re2.error as error:
        return [f"{pattern!r} is not an RE2 expression ({_plain(error)})"]
    return []


def _plain(error: Exception) -> str:
    reason = error.args[0] if error.args else ""
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)


def _rule(row: Any, words: dict[str, str], language: Language | None) -> tuple[Rule | None, list[str]]:
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
    rule = _made(row, words, language)
    return rule, _tried(rule, examples)


def _made(row: dict[str, Any], words: dict[str, str], language: Language | None) -> Rule:
    return Rule(
        row["id"],
        row["where"],
        tuple(_filled(part, words)[0] for part in _listed(row["pattern"])),
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
    filled = [_filled(part, words) for part in listed]
    problems = [mistake for pattern, mistakes in filled for mistake in mistakes + _expression(pattern)]
    return problems + [
        f"{pattern!r} matches an empty line" for pattern, _ in filled if not _expression(pattern) and _empty(pattern)
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
