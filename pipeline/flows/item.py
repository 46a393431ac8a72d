"""One line of a filter's input, and of its answer: a JSON object with an ``id``. Each reader says what is wrong."""

import json
import math
from typing import Any

from pipeline.adapters.local_files import read_file
from pipeline.flows.line_stream import MAX_LINE, Line

Item = dict[str, Any]
Answer = dict[str, Any]


class BadLine(ValueError):
    """Why a line has no answer; the message goes into its ``error``."""


def read_item(line: Line) -> Item:
    if line is None:
        raise BadLine(f"line over {MAX_LINE} bytes")
    if not line.strip():
        raise BadLine("empty line")
    try:
        item = json.loads(line, parse_constant=_no_number)
    except RecursionError:
        raise BadLine("nested too deeply") from None
    except ValueError as error:
        raise BadLine(f"not JSON: {error}") from None
    if not isinstance(item, dict):
        raise BadLine("not a JSON object")
    return item


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def identity_of(item: Item) -> str | int | float:
    if "id" not in item:
        raise BadLine("id is missing")
    identity = item["id"]
    if isinstance(identity, bool) or not isinstance(identity, str | int | float):
        raise BadLine("id must be a string or a number")
    if isinstance(identity, float) and not math.isfinite(identity):
        raise BadLine("id is too large a number")
    return identity


def as_line(answer: Answer) -> bytes:
    try:
        return json.dumps(answer, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:  # a lone surrogate, which UTF-8 cannot write and JSON can
        return json.dumps(answer).encode() + b"\n"


def text_of(item: Item, key: str) -> str:
    if key not in item:
        raise BadLine(f"{key} is missing")
    if not isinstance(item[key], str):
        raise BadLine(f"{key} must be a string")
    value: str = item[key]
    return value


def content_of(item: Item, key: str, limit: int) -> tuple[bytes, bool]:
    """Bytes of the text under ``key`` (then True: they are UTF-8) or of the file under ``path``."""
    if (key in item) == ("path" in item):
        raise BadLine(f"give {key} or path, one of them")
    if "path" in item:
        return read_file(text_of(item, "path"), limit), False
    content = text_of(item, key).encode("utf-8", "replace")
    if len(content) > limit:
        raise BadLine(f"{key} is larger than {limit} bytes")
    return content, True
