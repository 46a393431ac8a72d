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
from pathlib import Path
from typing import Any

from pipeline.config.boilerplate_rule import (
    expression_mistakes,
    fill,
    forget_expressions,
    made,
    named,
    rule_of,
    words_of,
)
from pipeline.config.yaml_source import read_yaml
from pipeline.stages.clean.rules import Language, Rule, Rules

# Found without the settings, whose libraries take 20 MB: worker processes read the rules too.
BOILERPLATE = Path(__file__).resolve().parents[2] / "config" / "boilerplate.yaml"
TELLS = ("letters", "signs")
CODE = re.compile(r"[a-z]{2,3}")


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
            words[name] = f"(?:{fill(expression, words)[0]})"
        language = None if file == path else _language(file.stem, document)
        rules += [made(row, words, language) for row in document["rules"]]
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
        words, wrong = words_of(document.get("words", {}), shared)
        if file == path:
            shared, language = words, None
        else:
            wrong += _signs(file.stem, document)
            language = None if wrong else _language(file.stem, document)
            languages += [language] if language else []
        found, wrong_rules = _rules(document["rules"], words, language, {rule.id for rule in rules})
        rules += found
        problems += mistakes + [f"{file}: {mistake}" for mistake in wrong + wrong_rules]
    forget_expressions()
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
        rule, mistakes = rule_of(row, words, language)
        if rule and rule.id in taken | {other.id for other in rules}:
            mistakes.append("another rule has the same id")
        problems += [f"rule {number}{named(row)}: {mistake}" for mistake in mistakes]
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
        return expression_mistakes(letters) if isinstance(letters, str) else ["letters must be an expression"]
    if not isinstance(signs, list) or not signs or not all(isinstance(word, str) for word in signs):
        return ["signs must be a list of words"]
    return []


def _language(code: str, document: dict[str, Any]) -> Language:
    return Language(code, document.get("letters", ""), tuple(word.casefold() for word in document.get("signs", ())))
