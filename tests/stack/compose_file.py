"""The compose file as parsed data, with its variables filled in."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import yaml

from pipeline.settings import CHECKOUT

FILE = CHECKOUT / "docker-compose.yml"
# $$ is a dollar sign; ${NAME}, ${NAME:-default}, ${NAME:?complaint}
VARIABLE = re.compile(r"\$(?:(?P<dollar>\$)|\{(?P<name>[A-Z0-9_]+)(?::(?P<kind>[-?])(?P<rest>[^}]*))?\})")


@cache
def compose() -> Any:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = compose()["services"]
    return found


def variables() -> dict[str, set[str]]:
    """Name → how it is written (``:-`` with a default, ``:?`` required, empty for neither)."""
    found: dict[str, set[str]] = {}
    for text in _texts(compose()):
        for match in VARIABLE.finditer(text):
            if match["name"]:
                found.setdefault(match["name"], set()).add(f":{match['kind']}" if match["kind"] else "")
    return found


def filled_in(text: str, values: Mapping[str, str]) -> str:
    """As docker compose does it."""

    def value(match: re.Match[str]) -> str:
        if match["dollar"]:
            return "$"
        return values.get(match["name"]) or (match["rest"] if match["kind"] == "-" else "")

    return VARIABLE.sub(value, text)


def environment(name: str) -> dict[str, str]:
    found: dict[str, str] = services()[name].get("environment", {})
    return found


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(key)
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


NAMES = sorted(services())
SCALE = {name for name in NAMES if "scale" in services()[name].get("profiles", ())}
"""What runs with ``config/stack/scale.env`` only."""
OURS = {name for name in NAMES if services()[name]["image"].startswith("sitrep:")}
AIRFLOW = {name for name in NAMES if name.startswith("airflow-")}
