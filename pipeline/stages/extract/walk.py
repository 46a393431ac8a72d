"""One walk through the tree of a page: every line that a reader sees, and the elements that it stands in.

Lines and elements are kept as columns, one list for each property: a page has thousands of them, and what is asked of
them is asked of all at once.
"""

from dataclasses import dataclass, field
from typing import Any

from pipeline.stages.extract.blocks import CELLS, INLINE, LINKS, SILENT
from pipeline.stages.extract.names import is_furniture, weights_of
from pipeline.stages.extract.prune import is_hidden

TAGS = (
    "p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "div", "td", "blockquote", "figcaption", "dd", "dt", "section",
    "article", "pre", "th", "tr", "header", "address",
)  # fmt: skip
"""Elements told apart; an element's number is its place here, counted from 1. All others are 0."""
NUMBER = {tag: number for number, tag in enumerate(TAGS, start=1)}
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})

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
_PICTURES = frozenset({"img", "video", "iframe", "picture"})
_BOLD = frozenset({"b", "strong"})
_INLINE, _SILENT, _BLOCK, _CELL, _LINK, _BREAK = range(6)
_KIND: dict[Any, int] = {
    **dict.fromkeys(INLINE, _INLINE), **dict.fromkeys({*SILENT, "head"}, _SILENT), **dict.fromkeys(CELLS, _CELL),
    **dict.fromkeys(LINKS, _LINK), "br": _BREAK, "hr": _BREAK,
}  # fmt: skip


@dataclass(slots=True)
class Lines:
    """Columns of the lines: ``linked`` and ``bold`` count characters without blanks, ``frame`` is an element's row."""

    text: list[str] = field(default_factory=list)
    linked: list[int] = field(default_factory=list)
    bold: list[int] = field(default_factory=list)
    links: list[int] = field(default_factory=list)
    broken: list[bool] = field(default_factory=list)
    """Does the line begin at a forced line break?"""
    frame: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Frames:
    """Columns of the elements that make lines, in their order; row 0 is the page.

    ``first`` and ``last`` are the rows of the lines inside (``last`` is behind them), ``path`` numbers the ways down to
    an element: what a template repeats has one path. ``near`` and ``far`` say what its names speak for.
    """

    parent: list[int] = field(default_factory=lambda: [0])
    tag: list[int] = field(default_factory=lambda: [0])
    marks: list[int] = field(default_factory=lambda: [0])
    depth: list[int] = field(default_factory=lambda: [0])
    near: list[float] = field(default_factory=lambda: [0.0])
    far: list[float] = field(default_factory=lambda: [0.0])
    path: list[int] = field(default_factory=lambda: [0])
    first: list[int] = field(default_factory=lambda: [0])
    last: list[int] = field(default_factory=lambda: [0])
    pictures: list[int] = field(default_factory=lambda: [0])
    names: list[tuple[str, str]] = field(default_factory=lambda: [("", "")])


@dataclass(slots=True)
class Surface:
    """What a reader sees of a page."""

    lines: Lines
    frames: Frames


def walk(root: Any) -> Surface:
    """The surface of the lxml tree below ``root``, without recursion: the depth of a page is its author's choice."""
    from lxml.etree import iterwalk

    gatherer = _Gatherer()
    walker = iterwalk(root, events=("start", "end", "comment", "pi"))
    kind_of = _KIND.get
    for event, element in walker:
        if event == "start":
            kind = kind_of(element.tag, _BLOCK)
            gatherer.begin(kind, element)
            if kind == _SILENT:
                walker.skip_subtree()
            elif text := element.text:
                gatherer.add(text)
            continue
        if event == "end":
            gatherer.end(kind_of(element.tag, _BLOCK), element.tag)
        if (tail := element.tail) and element is not root:
            gatherer.add(tail)
    return gatherer.surface()


class _Gatherer:
    """The line being gathered, and the element it is in."""

    __slots__ = (
        "bold",
        "broken",
        "current",
        "frame",
        "frames",
        "in_bold",
        "in_link",
        "lines",
        "linked",
        "links",
        "paths",
        "pieces",
    )  # fmt: skip

    def __init__(self) -> None:
        self.lines, self.frames = Lines(), Frames()
        self.paths: dict[tuple[int, str, str], int] = {}
        self.pieces: list[str] = []
        self.current = self.in_link = self.in_bold = 0
        self._begin_line()

    def _begin_line(self) -> None:
        self.linked = self.bold = self.links = 0
        self.frame = -1
        self.broken = False

    def surface(self) -> Surface:
        self._end_line()
        self.frames.last[0] = len(self.lines.text)
        return Surface(self.lines, self.frames)

    def begin(self, kind: int, element: Any) -> None:
        if kind == _BLOCK:
            self._end_line()
            self._open(element)
        elif kind == _CELL:
            self._open(element)
        elif kind == _LINK:
            self.in_link += 1
            self.links += 1
        elif kind == _BREAK:
            self._end_line()
            self.broken = True
        elif kind == _INLINE:
            self.in_bold += element.tag in _BOLD
        elif element.tag in _PICTURES:
            self.frames.pictures[self.current] += 1

    def end(self, kind: int, tag: str) -> None:
        if kind == _BLOCK:
            self._end_line()
            self._close()
        elif kind == _CELL:
            self.pieces.append(" ")
            self._close()
        elif kind == _LINK:
            self.in_link -= 1
        elif kind == _INLINE:
            self.in_bold -= tag in _BOLD

    def add(self, text: str) -> None:
        self.pieces.append(text)
        if text.isspace():
            return
        if self.frame < 0:
            self.frame = self.current
        if self.in_link or self.in_bold:
            weight = sum(map(len, text.split()))
            self.linked += weight if self.in_link else 0
            self.bold += weight if self.in_bold else 0

    def _end_line(self) -> None:
        if not self.pieces:
            return
        if text := " ".join("".join(self.pieces).split()):
            lines = self.lines
            lines.text.append(text)
            lines.linked.append(self.linked)
            lines.bold.append(self.bold)
            lines.links.append(self.links)
            lines.broken.append(self.broken)
            lines.frame.append(max(self.frame, 0))
        self.pieces = []
        self._begin_line()

    def _open(self, element: Any) -> None:
        frames, tag = self.frames, element.tag
        names = (element.get("class") or "", "" if tag in HEADINGS else element.get("id") or "")
        near, far = weights_of(*names)
        frames.marks.append(frames.marks[self.current] | _marks(element, tag, names))
        frames.depth.append(frames.depth[self.current] + 1)
        way = (frames.path[self.current], tag, names[0])
        frames.path.append(self.paths.setdefault(way, len(self.paths) + 1))
        frames.tag.append(NUMBER.get(tag, 0))
        frames.near.append(near)
        frames.far.append(far)
        frames.names.append(names)
        frames.first.append(len(self.lines.text))
        frames.last.append(0)
        frames.pictures.append(0)
        frames.parent.append(self.current)
        self.current = len(frames.parent) - 1

    def _close(self) -> None:
        self.frames.last[self.current] = len(self.lines.text)
        self.current = self.frames.parent[self.current]


def _marks(element: Any, tag: str, names: tuple[str, str]) -> int:
    marks = _MARK_OF_TAG.get(tag, 0)
    if role := element.get("role"):
        marks |= _MARK_OF_ROLE.get(role, 0)
    if is_hidden(element):
        marks |= HIDDEN
    return marks | FURNITURE if is_furniture(*names) else marks
