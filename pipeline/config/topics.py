"""Topic files: YAML to ``Topic`` records, every mistake named with its file and key."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.config.topic_model import check_model
from pipeline.config.yaml_source import read_yaml, shown
from pipeline.errors import ConfigError
from pipeline.stages.tag.mentions import holds_together
from pipeline.stages.tag.words import Words
from pipeline.topic import Line, Model, PhraseGroup, Reference, Topic

FIELDS = ("name", "description", "threshold", "references", "groups", "subject", "together", "against", "model")
OPTIONAL = ("against", "model")
KINDS = ("actors", "places", "acts", "terms")
ID = re.compile(r"[a-z0-9-]{1,64}")
# Phrases are plain words. Signs of patterns are refused, so that nobody believes they work.
PATTERN_SIGNS = re.compile(r"[*+?\\^$|()\[\]{}<>]")
MAX_NAME, MAX_PHRASE, MAX_PHRASES, MAX_REFERENCE, MAX_REFERENCES = 60, 80, 5000, 20_000, 20


def load_topics(path: Path) -> tuple[Topic, ...]:
    """The topics in the folder ``path`` (each ``*.yaml``) or in the one file ``path``, in the order of their ids.

    Raises ``ConfigError`` naming every mistake.
    """
    topics, problems = check_topics(path)
    if problems:
        raise ConfigError(problems)
    return topics


def check_topics(path: Path) -> tuple[tuple[Topic, ...], list[str]]:
    """The topics that can be read and one line for each mistake."""
    topics: list[Topic] = []
    files, problems = _files(path)
    for file in files:
        document, mistakes = read_yaml(file)
        topic, more = (None, []) if mistakes else _Reader(file.parent).topic(file.stem, document)
        problems += [*mistakes, *(f"{file}: {mistake}" for mistake in more)]
        if topic is not None:
            topics.append(topic)
    return tuple(topics), problems


def _files(path: Path) -> tuple[list[Path], list[str]]:
    try:
        if not path.is_dir():
            return [path], []
        visible = sorted(file for file in path.iterdir() if not file.name.startswith("."))
    except OSError as error:
        return [], [f"{path}: cannot read it ({error.strerror})"]
    files = [file for file in visible if file.suffix == ".yaml"]
    others = [file for file in visible if file.suffix.lower() in (".yml", ".yaml") and file not in files]
    problems = [f"{file}: not read; topic files end in .yaml" for file in others]
    return files, problems or ([] if files else [f"{path}: holds no topic (a file that ends in .yaml)"])


class _Reader:
    """Reads one topic and gathers what is wrong with it; a value that cannot be read becomes an empty one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.problems: list[str] = []

    def topic(self, name: str, document: Any) -> tuple[Topic | None, list[str]]:
        if not ID.fullmatch(name):
            self.problems.append("the file's name is the topic's id: a-z, 0-9 and '-', at most 64 long")
        row = self._mapping("the file", document)
        self._only("", row, FIELDS)
        self.problems += [f"{key} is missing" for key in FIELDS if key not in OPTIONAL and row.get(key) is None]
        groups, against = self._groups(row.get("groups")), self._against(row.get("against"))
        names = [group.name for group in groups]
        topic = Topic(
            id=name,
            name=self._text("name", row.get("name"), 200),
            description=self._text("description", row.get("description"), 4000),
            threshold=self._share("threshold", row.get("threshold", 0.5)),
            references=self._references(row.get("references")),
            groups=groups,
            subject=self._line("subject", row.get("subject"), names),
            together=tuple(self._lines(row.get("together"), names)),
            against=against,
            model=self._model(row.get("model")),
        )
        self.problems += [*_contradictions((*groups, *against)), *_idle_groups(topic)]
        return (None if self.problems else topic), self.problems

    def _references(self, value: Any) -> tuple[Reference, ...]:
        rows = self._list("references", value)
        if len(rows) > MAX_REFERENCES:
            self.problems.append(f"references: more than {MAX_REFERENCES}")
        return tuple(self._reference(f"references.{number}", row) for number, row in enumerate(rows, start=1))

    def _reference(self, where: str, value: Any) -> Reference:
        row = self._mapping(where, value)
        self._only(where, row, ("title", "text"))
        title, text = (self._text(f"{where}.{key}", row.get(key, ""), MAX_REFERENCE) for key in ("title", "text"))
        return Reference(title, text)

    def _model(self, name: Any) -> Model | None:
        model, problems = check_model(self._folder, name) if name is not None else (None, [])
        self.problems += problems
        return model

    def _groups(self, value: Any) -> tuple[PhraseGroup, ...]:
        kinds = self._mapping("groups", value)
        self._only("groups", kinds, KINDS)
        found: dict[str, PhraseGroup] = {}
        for kind in KINDS:
            for key, phrases in self._mapping(f"groups.{kind}", kinds.get(kind, {})).items():
                name = self._name(f"groups.{kind}", key)
                if name in found:
                    self.problems.append(f"groups.{kind}.{name}: another kind has a group of this name")
                found[name] = PhraseGroup(name, self._phrases(f"groups.{kind}.{name}", phrases))
        return tuple(found.values())

    def _against(self, value: Any) -> tuple[PhraseGroup, ...]:
        return tuple(
            self._opponent(self._name("against", key), row)
            for key, row in self._mapping("against", {} if value is None else value).items()
        )

    def _opponent(self, name: str, value: Any) -> PhraseGroup:
        where = f"against.{name}"
        row = self._mapping(where, value)
        self._only(where, row, ("weight", "phrases"))
        phrases = self._phrases(f"{where}.phrases", row.get("phrases"))
        return PhraseGroup(f"not {name}", phrases, self._share(f"{where}.weight", row.get("weight", 1)))

    def _phrases(self, where: str, value: Any) -> tuple[str, ...]:
        phrases = self._list(where, value)
        if len(phrases) > MAX_PHRASES:
            self.problems.append(f"{where}: more than {MAX_PHRASES} phrases")
        return tuple(self._phrase(f"{where}.{number}", phrase) for number, phrase in enumerate(phrases, start=1))

    def _phrase(self, where: str, value: Any) -> str:
        phrase = self._text(where, value, MAX_PHRASE)
        if PATTERN_SIGNS.search(phrase):
            self.problems.append(f"{where}: {shown(phrase)} must be plain words; patterns are not supported")
        elif phrase and not holds_together(Words(phrase)):
            self.problems.append(
                f"{where}: {shown(phrase)} would match nothing; words with a blank or hyphen between them"
            )
        return phrase

    def _lines(self, value: Any, names: list[str]) -> Iterator[Line]:
        for number, line in enumerate(self._list("together", value), start=1):
            yield self._line(f"together.{number}", line, names)

    def _line(self, where: str, value: Any, names: list[str]) -> Line:
        row = self._mapping(where, value)
        if not row and isinstance(value, dict):
            self.problems.append(f"{where}: is empty; name at least one group")
        self.problems += [f"{where}: no group is named {shown(name)}" for name in row if name not in names]
        return tuple((name, self._share(f"{where}.{name}", row[name])) for name in row if name in names)

    def _share(self, where: str, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= 1:
            self.problems.append(f"{where}: must be a number above 0, up to 1")
            return 1.0
        return float(value)

    def _name(self, where: str, key: Any) -> str:
        if isinstance(key, str) and key.isprintable() and 0 < len(key) <= MAX_NAME:
            return key
        self.problems.append(f"{where}: {shown(key)} must be a name of at most {MAX_NAME} characters")
        return shown(key)

    def _text(self, where: str, value: Any, limit: int) -> str:
        if not isinstance(value, str):
            self._wrong(where, value, "must be text; put numbers and words like 'no' in quotes")
            return ""
        if not value.strip() or len(value) > limit:
            self.problems.append(f"{where}: must be 1 to {limit} characters of text")
        return value.strip()

    def _mapping(self, where: str, value: Any) -> dict[Any, Any]:
        if isinstance(value, dict):
            return value
        self._wrong(where, value, "must be a mapping (key: value)")
        return {}

    def _list(self, where: str, value: Any) -> list[Any]:
        if isinstance(value, list) and value:
            return value
        self._wrong(where, value, "must be a list with at least one item")
        return []

    def _wrong(self, where: str, value: Any, wish: str) -> None:
        """A missing top-level key has been named already."""
        if value is not None or where not in FIELDS:
            self.problems.append(f"{where}: {wish}")

    def _only(self, where: str, row: dict[Any, Any], known: tuple[str, ...]) -> None:
        prefix = f"{where}: " if where else ""
        self.problems += [
            f"{prefix}unknown key {shown(key)} (known: {', '.join(known)})" for key in row if key not in known
        ]


def _contradictions(groups: tuple[PhraseGroup, ...]) -> Iterator[str]:
    """Phrases that stand in two groups: a mention could only count for one of them."""
    owners: dict[str, str] = {}
    for group in groups:
        for phrase in group.phrases:
            owner = owners.setdefault(" ".join(Words(phrase).forms), group.name)
            if phrase and owner != group.name:
                yield f"{shown(phrase)} stands in two groups, {owner!r} and {group.name!r}"


def _idle_groups(topic: Topic) -> Iterator[str]:
    used = {name for line in (topic.subject, *topic.together) for name, _ in line}
    for group in topic.groups:
        if group.name not in used:
            yield f"groups: {group.name!r} stands in no line of 'subject' or 'together'"
