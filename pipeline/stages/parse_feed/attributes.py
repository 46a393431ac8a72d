"""Attributes of a start tag: made well-formed, searched for namespaces."""

import re
from collections.abc import Iterator, Mapping

from pipeline.stages.parse_feed.references import mended
from pipeline.stages.parse_feed.tokens import NAME

ATTRIBUTE = re.compile(r"([^\s=<>\"'/&;]++)(?:\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'>]++)))?")
PLAIN_NAME = re.compile(NAME)
NAMESPACE = re.compile(r"\bxmlns:?([^\s=]*)\s*=\s*[\"']?([^\s\"'>]*)")


def rewritten(attributes: str, entities: Mapping[str, str]) -> str:
    """Attributes without quotes, without value, doubled or run together, as XML wants them."""
    found: dict[str, str] = {}
    for name, *values in ATTRIBUTE.findall(attributes):
        if PLAIN_NAME.fullmatch(name):
            found.setdefault(name, mended("".join(values), entities).replace('"', "&quot;"))
    return "".join(f' {name}="{value}"' for name, value in found.items())


def namespaces(attributes: str) -> Iterator[tuple[str, str]]:
    """Prefix (empty for the default) and name of each namespace that a tag declares."""
    if "xmlns" in attributes:
        yield from NAMESPACE.findall(attributes)
