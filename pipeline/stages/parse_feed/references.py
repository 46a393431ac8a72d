"""Character references and entities of XML text: made into the characters they stand for, or into plain text."""

import html
import re
from collections.abc import Mapping
from html.entities import html5
from itertools import islice

from pipeline.stages.parse_feed.charset import FORBIDDEN

MARKUP = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"}
REFERENCE = re.compile(
    r"&(?:#(?P<decimal>[0-9]{1,8});|#[xX](?P<hex>[0-9a-fA-F]{1,7});|(?P<name>[A-Za-z][\w.-]{0,40});)?"
)
ENTITY = re.compile(r"<!ENTITY\s+([A-Za-z][\w.-]{0,40})\s+(?:\"([^\"<%]{0,200})\"|'([^'<%]{0,200})')\s*>")
MAX_ENTITIES = 100


def declared_entities(declarations: str) -> dict[str, str]:
    """Entities of a document type declaration that stand for short text; those built from others are left alone.

    So an entity never grows into more than 200 characters, whatever the document nests.
    """
    found: dict[str, str] = {}
    for entity in islice(ENTITY.finditer(declarations), MAX_ENTITIES):
        name, value = entity[1], entity[2] or entity[3] or ""
        if "&" not in re.sub(r"&#\w{1,8};", "", value):
            found.setdefault(name, html.unescape(value))
    return found


def mended(text: str, entities: Mapping[str, str]) -> str:
    """Text between tags in which every & opens one of the five references of XML; HTML's entities become characters."""
    if "&" in text:
        text = REFERENCE.sub(lambda found: _character(found, entities), text)
    return text.replace("<", "&lt;").replace("]]>", "]]&gt;")


def _character(found: re.Match[str], entities: Mapping[str, str]) -> str:
    name = found["name"]
    if name is not None:
        if name in ("amp", "lt", "gt", "quot", "apos"):
            return found[0]
        value = entities.get(name) or html5.get(f"{name};")
        return "".join(MARKUP.get(character, character) for character in value) if value else f"&amp;{name};"
    number = found["decimal"] or found["hex"]
    if number is None:
        return "&amp;"
    # The HTML standard's reading: windows-1252 in 128 … 159, U+FFFD for NUL and what lies beyond Unicode.
    character = FORBIDDEN.sub("", html.unescape(found[0])).replace("\ufffd", "")
    return MARKUP.get(character, character)
