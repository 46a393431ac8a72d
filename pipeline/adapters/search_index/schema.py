"""Mappings and analysis, read from ``config/elasticsearch``.

Mappings name the analyzers ``news_text`` and ``news_exact``; what these are depends on the kind of server: the local
node is a stripped one without stemmers and has a spelling dictionary instead.
"""

import hashlib
import json
from typing import Any, Literal

from pipeline.adapters.search_index.layout import OWNER, Board
from pipeline.settings import CHECKOUT

FOLDER = CHECKOUT / "config" / "elasticsearch"
ServerKind = Literal["full", "local"]


def stories_schema(kind: ServerKind) -> dict[str, Any]:
    """Settings and mappings of the story index, marked as ours with the digests of what they were made from."""
    schema: dict[str, Any] = _read("stories")
    analysis = _read(f"analysis-{kind}")
    digests = {"mapping": _digest(schema["mappings"]), "analysis": _digest(analysis)}
    schema["settings"]["analysis"] = analysis
    schema["mappings"]["_meta"] = {OWNER: digests}
    return schema


def board_schema(board: Board) -> dict[str, Any]:
    """Settings and mappings of one of the indices beside the stories, marked likewise."""
    schema: dict[str, Any] = _read(board)
    schema["mappings"]["_meta"] = {OWNER: {"mapping": _digest(schema["mappings"])}}
    return schema


def digests(schema: dict[str, Any]) -> dict[str, str]:
    """The mark of a schema; an index with the same one is current."""
    mark: dict[str, str] = schema["mappings"]["_meta"][OWNER]
    return mark


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def _read(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
