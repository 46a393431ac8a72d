"""One walk through the tree of a page: every line that a reader sees, and the elements that it stands in.

Lines and elements are kept as columns, one list for each property: a page has thousands of them, and what is asked of
them is asked of all at once.
"""

from dataclasses import dataclass
from typing import Any

from pipeline.stages.extract.blocks import CELLS, INLINE, LINKS, SILENT
from pipeline.stages.extract.names import NOTHING_SAID, verdict_on
from pipeline.stages.extract.prune import is_hidden

TAGS = (
    "p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "div", "td", "blockquote", "figcaption", "dd", "dt", "section",
    "article", "pre", "th", "tr", "header", "address",
)  # fmt: skip
"""Elements told apart; an element's number is its place here, counted from 1. All others are 0."""
NUMBER = {tag: number for number, tag in enumerate(TAGS, start=1)}
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_NAMELESS = ("", "")

# What an element is, and with it all that it holds.
(ARTICLE, MAIN, ASIDE, NAV, FOOTER, FORM, FIGURE, LIST, TABLE, QUOTE, HIDDEN, DIALOG, FURNITURE) = (
    1 << bit for bit in range(13)
)
_MARK_OF_TAG = {
    "article": ARTICLE, "main": MAIN, "aside": ASIDE, "nav": NAV, "menu": NAV, "footer": FOOTER,
    "form": FORM, "fieldset": FORM, "figure": FIGURE, "figcaption": FIGURE, "ul": LIST, "ol": LIST, "dl": LIST,
    "table": TABLE, "blockquote": QUOTE, "dialog": DIALOG,
}  # fmt: skip
_MARK_OF_ROLE = {
    "navigation": NAV, "menu": NAV, "menubar": NAV, "complementary": ASIDE, "contentinfo": FOOTER,
    "search": FORM, "dialog": DIALOG, "alertdialog": DIALOG, "main": MAIN, "article": ARTICLE,
}  # fmt: skip
_BOLD = frozenset({"b", "strong"})
_BLOCK, _CELL, _LINK, _BOLDED, _BREAK, _SILENT, _PLAIN = range(7)
_KIND: dict[Any, int] = {
    **dict.fromkeys(INLINE, _PLAIN), **dict.fromkeys(_BOLD, _BOLDED), **dict.fromkeys({*SILENT, "head"}, _SILENT),
    **dict.fromkeys(CELLS, _CELL), **dict.fromkeys(LINKS, _LINK), "br": _BREAK, "hr": _BREAK,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lines:
    """Columns of the lines: ``linked`` and ``bold`` count characters without blanks, ``frame`` is an element's row."""

    text: list[str]
    linked: list[int]
    bold: list[int]
    links: list[int]
    broken: list[bool]
    """Does the line begin at a forced line break?"""
    frame: list[int]


@dataclass(frozen=True, slots=True)
class Frames:
    """Columns of the elements that hold lines, in their order; row 0 is the page.

    ``first`` and ``last`` are the rows of the lines inside (``last`` is behind them), ``path`` numbers the ways down to
    an element: what a template repeats has one path. ``near`` and ``far`` say what its names speak for.
    """

    parent: list[int]
    tag: list[int]
    marks: list[int]
    depth: list[int]
    near: list[float]
    far: list[float]
    path: list[int]
    first: list[int]
    names: list[tuple[str, str]]
    last: list[int]


@dataclass(frozen=True, slots=True)
class Surface:
    """What a reader sees of a page."""

    lines: Lines
    frames: Frames


def walk(root: Any) -> Surface:
    """The surface of the lxml tree below ``root``, without recursion: the depth of a page is its author's choice.

    The tree has no comments and no processing instructions; the parser leaves none.
    """
    from lxml.etree import iterwalk

    gatherer = _Gatherer()
    begin, end, add, add_blank, kind_of = (
        gatherer.begin, gatherer.end, gatherer.add, gatherer.pieces.append, _KIND.get,
    )  # fmt: skip
    begin_block, end_block = gatherer.begin_block, gatherer.end_block
    walker = iterwalk(root, events=("start", "end"))
    for event, element in walker:
        kind = kind_of(element.tag, _BLOCK)
        if event == "start":
            if kind == _SILENT:
                walker.skip_subtree()
                continue
            if kind == _BLOCK:
                begin_block(element)
            elif kind < _PLAIN:
                begin(kind, element)
            text = element.text
        else:
            if kind == _BLOCK:
                end_block()
            elif kind < _BREAK:
                end(kind)
            text = element.tail if element is not root else None
        if text:
            if text.isspace():
                add_blank(text)
            else:
                add(text)
    return gatherer.surface()


class _Gatherer:
    """The line being gathered, and the elements it is in."""

    __slots__ = (
        "bold", "broken", "frame", "frames", "in_bold", "in_link", "last", "lines", "linked", "links", "open", "paths",
        "pieces", "places",
    )  # fmt: skip

    def __init__(self) -> None:
        # Rows here, columns at last: one row is made faster than a dozen columns grow.
        self.lines: list[tuple[str, int, int, int, bool, int]] = []
        self.frames: list[tuple[Any, ...]] = [(0, 0, 0, 0, 0.0, 0.0, 0, 0, ("", ""))]
        self.last = [0]
        self.open: list[tuple[Any, int]] = []
        """Elements, and how many lines there were when each began."""
        self.places = [(0, 0, 0)]
        """Row, marks and path: of the page, then of the outermost open elements, as far as they hold a line yet."""
        self.paths: dict[tuple[int, str, str], int] = {}
        self.pieces: list[str] = []
        self.in_link = self.in_bold = 0
        self.linked = self.bold = self.links = 0
        self.frame = -1
        self.broken = False

    def surface(self) -> Surface:
        if self.pieces:
            self._end_line()
        self.last[0] = len(self.lines)
        lines = [list(column) for column in zip(*self.lines, strict=True)] or [[] for _ in range(6)]
        frames = [list(column) for column in (*zip(*self.frames, strict=True), self.last)]
        return Surface(Lines(*lines), Frames(*frames))

    def begin_block(self, element: Any) -> None:
        if self.pieces:
            self._end_line()
        self.open.append((element, len(self.lines)))

    def end_block(self) -> None:
        if self.pieces:
            self._end_line()
        self._close()

    def begin(self, kind: int, element: Any) -> None:
        """What is no block begins."""
        if kind == _LINK:
            self.in_link += 1
            self.links += 1
        elif kind == _CELL:
            self.open.append((element, len(self.lines)))
        elif kind == _BOLDED:
            self.in_bold += 1
        else:
            if self.pieces:
                self._end_line()
            self.broken = True

    def end(self, kind: int) -> None:
        if kind == _LINK:
            self.in_link -= 1
        elif kind == _CELL:
            self.pieces.append(" ")
            self._close()
        else:
            self.in_bold -= 1

    def add(self, text: str) -> None:
        """More of the line, with letters in it."""
        self.pieces.append(text)
        if self.frame < 0:
            self.frame = self._here()
        if self.in_link or self.in_bold:
            weight = len("".join(text.split()))
            self.linked += weight if self.in_link else 0
            self.bold += weight if self.in_bold else 0

    def _end_line(self) -> None:
        """There are pieces; if nothing but blanks, they are no line."""
        if self.frame >= 0:
            text = " ".join("".join(self.pieces).split())
            self.lines.append((text, self.linked, self.bold, self.links, self.broken, self.frame))
            self.frame = -1
        self.pieces.clear()
        self.linked = self.bold = self.links = 0
        self.broken = False

    def _here(self) -> int:
        """The row of the innermost open element. An element that never holds a line has none."""
        row, marks, path = self.places[-1]
        for element, first in self.open[len(self.places) - 1 :]:
            tag = element.tag
            names, own = _names_and_marks(tag, element.items())
            near, far, is_furniture = verdict_on(*names) if names is not _NAMELESS else NOTHING_SAID
            marks |= own | (FURNITURE if is_furniture else 0)
            path = self.paths.setdefault((path, tag, names[0]), len(self.paths) + 1)
            self.frames.append((row, NUMBER.get(tag, 0), marks, len(self.places), near, far, path, first, names))
            row = len(self.last)
            self.last.append(0)
            self.places.append((row, marks, path))
        return row

    def _close(self) -> None:
        if len(self.places) > len(self.open):
            self.last[self.places.pop()[0]] = len(self.lines)
        self.open.pop()


def _names_and_marks(tag: str, attributes: list[tuple[str, str]]) -> tuple[tuple[str, str], int]:
    """An element's class and id, and its marks but for what they say. Four elements of five have a class at most.

    The id of a heading is made from its words.
    """
    marks = _MARK_OF_TAG.get(tag, 0)
    if not attributes:
        return _NAMELESS, marks
    if len(attributes) == 1 and attributes[0][0] == "class":
        return (attributes[0][1], ""), marks
    held = dict(attributes)
    marks |= _MARK_OF_ROLE.get(held.get("role", ""), 0) | (HIDDEN if is_hidden(held) else 0)
    return (held.get("class", ""), "" if tag in HEADINGS else held.get("id", "")), marks
