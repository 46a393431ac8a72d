"""Lines out of an element tree: one for each paragraph, heading, list item, table row and forced line break."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from pipeline.stages.clean import Block

Step = tuple[Literal["begin", "end", "text"], str]
"""One step of a walk: an element's tag, or a piece of text."""

INLINE = frozenset(
    {
        "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "hi",
        "i", "ins", "kbd", "label", "mark", "math", "q", "ref", "ruby", "s", "samp", "small", "span",
        "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
    }
)  # fmt: skip
LINKS = frozenset({"a", "ref"})
CELLS = frozenset({"cell", "td", "th"})
SILENT = frozenset(
    {
        "area", "audio", "base", "button", "canvas", "datalist", "embed", "graphic", "iframe", "img", "input",
        "link", "map", "meta", "noscript", "object", "option", "param", "picture", "progress", "rp", "rt", "script",
        "select", "source", "style", "svg", "template", "textarea", "title", "track", "video",
    }
)  # fmt: skip


@dataclass(slots=True)
class _Line:
    """The line being gathered: its pieces of text, and how many characters of them are link text."""

    pieces: list[str] = field(default_factory=list)
    linked: int = 0

    def add(self, text: str, is_link: bool) -> None:
        self.pieces.append(text)
        self.linked += is_link * _weight(text)

    def taken(self) -> Iterator[Block]:
        """The line as a block, if it holds anything; then begin anew."""
        text = " ".join("".join(self.pieces).split())
        if text:
            yield Block(text, min(1.0, self.linked / max(1, _weight(text))))
        self.pieces, self.linked = [], 0


def read_blocks(root: Any) -> tuple[Block, ...]:
    """The lines of the lxml tree below ``root``, in order, each with the share of it that is link text."""
    return gather(_steps(root))


def gather(steps: Iterable[Step]) -> tuple[Block, ...]:
    """Lines from a walk through a tree: elements begin and end, text comes between."""
    line = _Line()
    blocks: list[Block] = []
    links = 0
    for kind, value in steps:
        if kind == "text":
            line.add(value, links > 0)
        elif value in LINKS:
            links += 1 if kind == "begin" else -1
        elif value in CELLS:
            line.add(" ", False)
        elif value not in INLINE and value not in SILENT:
            blocks += line.taken()
    blocks += line.taken()
    return tuple(blocks)


def _steps(root: Any) -> Iterator[Step]:
    """The walk through an lxml tree, without recursion and without what is inside silent elements."""
    from lxml.etree import iterwalk

    walker = iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, element in walker:
        tag = element.tag
        if event == "start":
            yield "begin", tag
            if tag in SILENT:
                walker.skip_subtree()
            elif element.text:
                yield "text", element.text
            continue
        if event == "end":
            yield "end", tag
        if element.tail and element is not root:
            yield "text", element.tail


def _weight(text: str) -> int:
    """Characters without blanks, so that the spacing of the source does not count."""
    return sum(map(len, text.split()))
