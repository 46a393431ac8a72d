"""Text of a feed → its tags, texts and declarations, in time that grows with its length alone, whatever it holds."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

NAME = r"[A-Za-z_][A-Za-z0-9_.:-]*+"
"""XML allows letters of all scripts; no feed format uses them, and parsers differ over which."""
TAG = re.compile(rf"<({NAME})((?:\s++{NAME}\s*+=\s*+(?:\"[^\"<]*+\"|'[^'<]*+'))*+)\s*+(/?)>")
ODD_TAG = re.compile(rf"<({NAME})((?![^\s/>])[^<>]*+)>")
END_TAG = re.compile(rf"</({NAME})[^<>]*+>")
OPENING = re.compile(r"<(?=[A-Za-z_/][^<>]*+>|[!?])")
"""Where markup begins; any other < is part of the text."""
SUBSET = re.compile(r"<!DOCTYPE[^\[>]*+\[", re.IGNORECASE)
SUBSET_END = re.compile(r"\]\s*+>")
CUT_TAG = re.compile(r"</?(?:[A-Za-z_][^<>]*+)?\Z")
CDATA = "<![CDATA["


@dataclass(frozen=True, slots=True)
class Text:
    """Characters between tags, stray < among them; ``literal`` where they come from a CDATA section."""

    value: str
    literal: bool = False


@dataclass(frozen=True, slots=True)
class Start:
    """A start tag with its attributes as written; ``closed`` if it has no content (``<a/>``)."""

    name: str
    attributes: str
    closed: bool
    sound: bool
    """Are the attributes well-formed?"""


@dataclass(frozen=True, slots=True)
class End:
    """An end tag."""

    name: str


@dataclass(frozen=True, slots=True)
class Declaration:
    """A document type declaration with its internal subset."""

    value: str


Token = Text | Start | End | Declaration


def tokens(text: str) -> Iterator[Token]:
    """All tokens but comments and processing instructions; ends early where the text breaks off inside of one."""
    position = 0
    while found := OPENING.search(text, position):
        opening = found.start()
        if opening > position:
            yield Text(text[position:opening])
        token, position = _token(text, opening)
        if token is not None:
            yield token
        if position < 0:
            return
    cut = CUT_TAG.search(text, max(position, text.rfind("<")))
    if position < (end := cut.start() if cut else len(text)):
        yield Text(text[position:end])


def _token(text: str, at: int) -> tuple[Token | None, int]:
    """The token that begins with the < at ``at``, and where it ends; -1 if it does not."""
    following = text[at + 1 : at + 2]
    if following == "/":
        found = END_TAG.match(text, at)
        return (End(found[1]), found.end()) if found else (Text("<"), at + 1)
    if following == "!":
        return _markup_declaration(text, at)
    if following == "?":
        return None, _after(text, ">", at)
    if found := TAG.match(text, at):
        return Start(found[1], found[2], closed=found[3] == "/", sound=True), found.end()
    if found := ODD_TAG.match(text, at):
        attributes = found[2]
        return Start(found[1], attributes, closed=attributes.endswith("/"), sound=False), found.end()
    return Text("<"), at + 1


def _markup_declaration(text: str, at: int) -> tuple[Token | None, int]:
    if text.startswith("<!--", at):
        return None, _after(text, "-->", at + 4)
    if text.startswith(CDATA, at):
        end = text.find("]]>", at)
        return Text(text[at + len(CDATA) : end if end >= 0 else None], literal=True), end + 3 if end >= 0 else -1
    if found := SUBSET.match(text, at):
        end_of_subset = SUBSET_END.search(text, found.end())
        return (Declaration(text[at : end_of_subset.end()]), end_of_subset.end()) if end_of_subset else (None, -1)
    end = _after(text, ">", at)
    return (Declaration(text[at:end]) if end >= 0 else None), end


def _after(text: str, closing: str, at: int) -> int:
    end = text.find(closing, at)
    return end + len(closing) if end >= 0 else -1
