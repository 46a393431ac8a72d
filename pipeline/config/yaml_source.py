"""Reading YAML that may be hostile or broken: capped in size and depth, plain types, no aliases, no doubled keys."""

from pathlib import Path
from typing import Any

import yaml
from yaml.composer import Composer

MAX_BYTES = 1_000_000
MAX_DEPTH = 50
LONGEST_SHOWN = 60
MERGE = "tag:yaml.org,2002:merge"


class _StrictLoader(Composer, yaml.CSafeLoader):
    """Refuses aliases (entity bombs), tags (their constructors trust what they are given), merged and doubled keys.

    Of two equal keys one would silently be lost. Events come from libyaml, since PyYAML's own scanner takes five times
    as long over a list of ten thousand feeds; nodes are composed in Python, where each of them can be looked at.
    """

    depth = 0

    def __init__(self, stream: str) -> None:
        yaml.CSafeLoader.__init__(self, stream)
        Composer.__init__(self)

    def compose_node(self, parent: Any, index: Any) -> Any:
        event: Any = self.peek_event()
        if isinstance(event, yaml.AliasEvent):
            raise _refused("aliases are not allowed here", event)
        if getattr(event, "tag", None) is not None:
            raise _refused("tags (!) are not allowed here", event)
        if self.depth == MAX_DEPTH:
            raise _refused("nested too deeply", event)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for node_of_key, _ in node.value:
            if not isinstance(node_of_key, yaml.ScalarNode) or node_of_key.tag == MERGE:
                raise _refused("a key must be a word or text", node_of_key)
            key = self.construct_object(node_of_key)
            if key in seen:
                raise _refused(f"key {shown(node_of_key.value)} stands twice", node_of_key)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def _refused(problem: str, place: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=place.start_mark)


def read_yaml(path: Path, max_bytes: int = MAX_BYTES) -> tuple[Any, list[str]]:
    """The document in ``path`` and the problems met; each problem names the file and, where known, the line.

    The document is made of dicts, lists, texts, numbers, booleans, dates and ``None``.
    """
    try:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as error:
        return None, [f"{path}: cannot read it ({error.strerror})"]
    if len(data) > max_bytes:
        return None, [f"{path}: larger than {max_bytes} bytes"]
    document, problem = _parsed(data)
    return document, [f"{path}: {problem}"] if problem else []


def stamps(*places: Path) -> tuple[tuple[str, int, int, int], ...]:
    """What tells one state of these files, and of the files in these folders, from another."""
    files = [file for place in places for file in (place, *(sorted(place.iterdir()) if place.is_dir() else ()))]
    known = [(str(file), file.stat()) for file in files if file.exists()]
    return tuple((name, facts.st_mtime_ns, facts.st_size, facts.st_ino) for name, facts in known)


def shown(value: Any) -> str:
    """A value of a file as a message names it: on one line, quoted where it is text, cut where it is long."""
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def _parsed(data: bytes) -> tuple[Any, str | None]:
    try:
        return yaml.load(data.decode("utf-8"), Loader=_StrictLoader), None  # noqa: S506 (a SafeLoader, made stricter)
    except UnicodeDecodeError:
        return None, "not UTF-8 text"
    except yaml.MarkedYAMLError as error:
        where = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        return None, where + (error.problem or "not YAML")
    except (yaml.YAMLError, ValueError) as error:
        return None, f"not YAML ({str(error).partition(chr(10))[0]})"
