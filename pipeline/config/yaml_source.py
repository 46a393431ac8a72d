"""Reading YAML that may be hostile or broken: size-capped, safe types only, no aliases, no doubled keys."""

from pathlib import Path
from typing import Any

import yaml

MAX_BYTES = 2_000_000


class _StrictLoader(yaml.SafeLoader):
    """Refuses aliases (entity bombs) and doubled keys (a silent loss of what the operator wrote)."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            event: Any = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem="aliases are not allowed here", problem_mark=event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"key {key.value!r} stands twice", problem_mark=key.start_mark)
            if isinstance(key.value, str):
                seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def read_yaml(path: Path) -> tuple[Any, list[str]]:
    """The document in ``path`` and the problems met; each problem names the file and, where known, the line."""
    try:
        data = path.read_bytes()
    except OSError as error:
        return None, [f"{path}: cannot read it ({error.strerror})"]
    if len(data) > MAX_BYTES:
        return None, [f"{path}: larger than {MAX_BYTES} bytes"]
    try:
        return yaml.load(data.decode("utf-8"), Loader=_StrictLoader), []  # noqa: S506 (a SafeLoader, made stricter)
    except UnicodeDecodeError:
        return None, [f"{path}: not UTF-8 text"]
    except RecursionError:
        return None, [f"{path}: nested too deeply"]
    except yaml.MarkedYAMLError as error:
        where = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        return None, [f"{path}: {where}{error.problem or 'not YAML'}"]
    except (yaml.YAMLError, ValueError) as error:
        return None, [f"{path}: not YAML ({str(error).splitlines()[0]})"]
