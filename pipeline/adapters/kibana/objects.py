"""What ``config/kibana`` wants of Kibana, with the names of one ``SITREP_INDEX`` and its topics filled in."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.settings import CHECKOUT

FOLDER = CHECKOUT / "config" / "kibana"
INDEX, TOPIC, FOR_EACH = "{index}", "{topic}", "for_each"
MOST_TOPICS = 20
"""Topics with panels of their own: Kibana takes 100 panels."""
COLUMNS = 48


@dataclass(frozen=True, slots=True)
class KibanaObjects:
    """``boards`` by id. Every object is as Kibana's interface takes it."""

    data_views: tuple[dict[str, Any], ...]
    searches: tuple[dict[str, Any], ...]
    boards: Mapping[str, dict[str, Any]]


def kibana_objects(index: str, topics: Sequence[str], folder: Path = FOLDER) -> KibanaObjects:
    """Everything for the indices of ``index``; ``topics`` are ids."""
    shown = tuple(topics)[:MOST_TOPICS]

    def read(text: str) -> Any:
        return _filled(json.loads(text.replace(INDEX, index)), shown)

    boards = {f"sitrep-{index}-{file.stem}": read(_text(file)) for file in sorted((folder / "boards").glob("*.json"))}
    searches = tuple(read(line) for line in _text(folder / "searches.ndjson").splitlines())
    return KibanaObjects(tuple(read(_text(folder / "data-views.json"))), searches, boards)


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def _filled(value: Any, topics: Sequence[str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(item, topics) for key, item in value.items()}
    return [made for item in value for made in _repeated(item, topics)] if isinstance(value, list) else value


def _repeated(item: Any, topics: Sequence[str]) -> Iterator[Any]:
    """An item of a list: as it is, or once for each topic."""
    if isinstance(item, str) and TOPIC in item:
        yield from (item.replace(TOPIC, topic) for topic in topics)
    elif isinstance(item, dict) and FOR_EACH in item:
        plain = json.dumps({key: part for key, part in item.items() if key != FOR_EACH})
        yield from (_placed(json.loads(plain.replace(TOPIC, topic)), place) for place, topic in enumerate(topics))
    else:
        yield _filled(item, topics)


def _placed(panel: dict[str, Any], place: int) -> dict[str, Any]:
    """The panel's ``place``-th repetition: beside the one before as long as there is room, then below."""
    grid = panel["grid"]
    abreast = (COLUMNS - grid["x"]) // grid["w"]
    down, across = divmod(place, abreast)
    return panel | {"grid": grid | {"x": grid["x"] + across * grid["w"], "y": grid["y"] + down * grid["h"]}}
