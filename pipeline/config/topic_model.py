"""A topic's trained weights: the JSON file beside the topic that its ``model`` names."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pipeline.config.yaml_source import shown
from pipeline.stages.tag.signals import SIGNAL_NAMES
from pipeline.topic import Model, Weighing

LENGTHS = ("short", "long")
FIELDS = (*LENGTHS, "trained")
MAX_BYTES, MAX_WEIGHT = 100_000, 100.0


def check_model(folder: Path, name: Any) -> tuple[Model | None, list[str]]:
    """The model in the file ``name`` of ``folder``, and one line for each mistake."""
    if not isinstance(name, str) or Path(name).name != name or not name.endswith(".json"):
        return None, [f"model: {shown(name)} must be the name of a .json file in the topic's folder"]
    try:
        with (folder / name).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        document: Any = json.loads(data) if len(data) <= MAX_BYTES else None
    except OSError as error:
        return None, [f"model: cannot read {name} ({error.strerror})"]
    except (ValueError, RecursionError) as error:
        return None, [f"model: {name} is not JSON ({str(error)[:100]})"]
    problems = [f"model: {name}: {problem}" for problem in _problems(document)]
    if problems:
        return None, problems
    short, long = (_weighing(document[length]) for length in LENGTHS)
    return Model(short, long), []


def _weighing(row: dict[str, Any]) -> Weighing:
    weights = row["weights"]
    return Weighing(
        float(row["bias"]), tuple((signal, float(weights[signal])) for signal in SIGNAL_NAMES if signal in weights)
    )


def _problems(document: Any) -> Iterator[str]:
    if not isinstance(document, dict):
        yield f"wants a JSON object of at most {MAX_BYTES} bytes"
        return
    yield from _unknown(document, FIELDS)
    for length in LENGTHS:
        row = document.get(length)
        yield from (f"{length}: {problem}" for problem in _weighing_problems(row))


def _weighing_problems(row: Any) -> Iterator[str]:
    if not isinstance(row, dict):
        yield "must be an object with bias and weights"
        return
    yield from _unknown(row, ("bias", "weights"))
    if not _is_weight(row.get("bias")):
        yield f"bias: must be a number from -{MAX_WEIGHT:g} to {MAX_WEIGHT:g}"
    weights = row.get("weights")
    if not isinstance(weights, dict) or not weights:
        yield "weights: must be an object of signals and their weights"
        return
    for signal, weight in weights.items():
        if signal not in SIGNAL_NAMES:
            yield f"weights: no signal is named {shown(signal)} (known: {', '.join(SIGNAL_NAMES)})"
        elif not _is_weight(weight):
            yield f"weights.{signal}: must be a number from -{MAX_WEIGHT:g} to {MAX_WEIGHT:g}"


def _unknown(row: dict[str, Any], known: Sequence[str]) -> Iterator[str]:
    for key in row:
        if key not in known:
            yield f"unknown key {shown(key)} (known: {', '.join(known)})"


def _is_weight(value: Any) -> bool:
    """Neither NaN nor infinity is, nor a whole number that no float can hold."""
    return not isinstance(value, bool) and isinstance(value, (int, float)) and abs(value) <= MAX_WEIGHT
