"""Mappings and analysis, read from ``config/elasticsearch``.

Mappings name the analyzers ``news_text`` and ``news_exact``; what these are depends on the kind of server: the local
node is a stripped one without stemmers and has a spelling dictionary instead.
"""

import hashlib
import json
from typing import Any, Literal

from pipeline.settings import CHECKOUT

FOLDER = CHECKOUT / "config" / "elasticsearch"
ServerKind = Literal["full", "local"]


def stories_schema(kind: ServerKind) -> dict[str, Any]:
    """Settings and mappings of the story index; ``_meta`` holds the digests that tell whether an index is current."""
    schema, analysis = _read("stories"), _read(f"analysis-{kind}")
    schema["settings"]["analysis"] = analysis
    schema["mappings"]["_meta"] = {"mapping": stories_digest(), "analysis": _digest(analysis)}
    return schema


def runs_schema() -> dict[str, Any]:
    """Settings and mappings of the index of run reports."""
    schema = _read("runs")
    schema["mappings"]["_meta"] = {"mapping": runs_digest()}
    return schema


def stories_digest() -> str:
    return _digest(_read("stories")["mappings"])


def runs_digest() -> str:
    return _digest(_read("runs")["mappings"])


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def _read(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
