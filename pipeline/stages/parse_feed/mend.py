"""Text of a feed → a document that an XML parser can read, of bounded depth, size and number of entries.

Feeds in the wild are cut off, have bare ampersands, HTML's entities, stray tags and rubbish around the document;
hostile ones nest without end or declare entities that grow without end. One pass over the tags settles all of this
before any parser sees the text. A sound document passes unchanged but for what no entry needs: comments, processing
instructions, the document type, categories, pictures.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

from pipeline.stages.parse_feed.attributes import namespaces, rewritten
from pipeline.stages.parse_feed.references import declared_entities, mended
from pipeline.stages.parse_feed.tokens import Declaration, End, Start, Text, Token, tokens

MAX_DEPTH = 500
MAX_ELEMENTS = 200_000
MAX_PREFIXES = 100
MAX_ATTRIBUTES = 16_000
"""Characters of all attributes of one tag."""
MAX_PREAMBLE = 200
"""Tags and texts before the root: error messages of the server's program."""

FEEDS = frozenset(("rss", "rdf", "feed", "channel"))
PAGES = frozenset(("html", "head", "body"))
"""Of these only ``html`` shows a page wherever it comes first; other documents have bodies."""
ENTRIES = frozenset(("item", "entry"))
IDENTITIES = frozenset(("guid", "id", "link", "name"))
"""Of an entry or an author."""
UNUSED = frozenset(
    (
        *("category", "keywords", "tags", "subject", "image", "textinput", "cloud", "enclosure", "width", "height"),
        *("managingeditor", "webmaster", "publisher", "owner", "contributor"),
    )
)
UNUSED_PREFIXES = frozenset(("media", "georss", "gml", "geo", "psc", "cc", "creativecommons"))
UNUSED_NAMESPACE = re.compile(
    r"yahoo\.com/mrss|georss\.org|opengis\.net/gml|2003/01/geo|podlove\.org|creative-?commons|web\.resource\.org/cc",
    re.IGNORECASE,
)
"""Captions would pass for texts, categories are compared each with all others, and feedparser trips over the rest."""

AUTHORS = frozenset(("author", "creator"))

LONG = frozenset(("description", "summary", "content", "encoded", "body", "fullitem", "abstract"))
LONG_ROOM = 1_000_000
ROOM = {**dict.fromkeys(("title", "link", "guid", "id"), 10_000), **dict.fromkeys(("author", "creator", "name"), 200)}
OTHER_ROOM = 2_000
"""Characters of one element's text. feedparser searches authors for addresses in time that grows with their square."""


@dataclass(frozen=True, slots=True)
class Mended:
    """The document in three parts, its entries apart so that each can be read alone."""

    root: str
    """Name without prefix in lower case, empty if there is no element."""
    head: str = ""
    entries: tuple[str, ...] = ()
    tail: str = ""
    frame: tuple[str, str] = ("", "")
    """The start tags around the first entry, and their end tags: enough to read any entry in."""
    is_page: bool = False
    site: str = ""
    """What an RSS channel gives as its link."""


@dataclass(slots=True)
class _Element:
    """An open element: where it begins in the output, and the room left for its text."""

    name: str
    kind: str
    start: int
    room: list[int]
    long: bool
    identified: bool = False


def mend(text: str, max_entries: int) -> Mended:
    """The document with at most ``max_entries`` entries, and with whole fields only where it is cut off."""
    doctype, body = _preamble(tokens(text))
    says_html = re.match(r"<!DOCTYPE\s+html\b", doctype, re.IGNORECASE) is not None
    first = next(body, None)
    if not isinstance(first, Start):
        return Mended("", is_page=says_html)
    root = local(first.name)
    if root in PAGES or (says_html and root not in FEEDS):
        return Mended(root, is_page=True)
    writer = _Writer(max_entries, declared_entities(doctype))
    writer.write(chain([first], body))
    return writer.mended(root)


def local(name: str) -> str:
    """``dc:Creator`` → ``creator``."""
    return name.rpartition(":")[2].lower()


def _preamble(stream: Iterator[Token]) -> tuple[str, Iterator[Token]]:
    """The document type, and the tokens from the root on. A root of no known name is the first tag."""
    doctype = ""
    head: list[Token] = []
    for token in stream:
        if isinstance(token, Start) and (local(token.name) in FEEDS or local(token.name) == "html"):
            return doctype, chain([token], stream)
        if isinstance(token, Start) or head:
            head.append(token)
        elif isinstance(token, Declaration):
            doctype = doctype or token.value
        if len(head) > MAX_PREAMBLE:
            break
    return doctype, chain(head, stream)


@dataclass(slots=True)
class _Writer:
    """The document so far. Elements are balanced, those too deep or too many are left out with all their parts."""

    max_entries: int
    entities: dict[str, str]
    out: list[str] = field(default_factory=list)
    stack: list[_Element] = field(default_factory=list)
    open_names: dict[str, int] = field(default_factory=dict)
    prefixes: set[str] = field(default_factory=set)
    unused_prefixes: set[str] = field(default_factory=lambda: set(UNUSED_PREFIXES))
    site: str = ""
    spans: list[tuple[int, int]] = field(default_factory=list)
    """Where the outermost entries lie in the output."""
    frame: tuple[str, str] = ("", "")
    elements: int = 0
    muted_at: int | None = None
    """How deep the outermost element lies that is left out."""

    def write(self, stream: Iterator[Token]) -> None:
        """Take in all tokens of the root element."""
        for token in stream:
            if isinstance(token, Text):
                self._text(token)
            elif isinstance(token, Start):
                self._start(token)
            elif isinstance(token, End):
                self._end(token.name.lower())
            if not self.stack or self.elements >= MAX_ELEMENTS:
                break
        self._cut_off()

    def mended(self, root: str) -> Mended:
        """What has been written, in its parts."""
        ends = [end for _, end in self.spans] or [len(self.out)]
        starts = [start for start, _ in self.spans] or ends
        # What lies between two entries goes with the second of them.
        parts = zip([starts[0], *ends], ends, strict=False)
        entries = tuple("".join(self.out[start:end]) for start, end in parts if self.spans)
        head, tail = "".join(self.out[: starts[0]]), "".join(self.out[ends[-1] :])
        return Mended(root, head, entries, tail, self.frame, site=self.site.strip())

    def _text(self, token: Text) -> None:
        room = self.stack[-1].room
        value = token.value[: room[0]]
        room[0] -= len(value)
        if len(self.stack) == 3 and self.stack[-1].kind == "link" and self.stack[1].kind == "channel":
            self.site += value
        if self.muted_at is None and value:
            shown = f"<![CDATA[{value}]]>" if token.literal else mended(value, self.entities)
            # As Atom has it: in a bare author feedparser looks for a mail address, and finds a wrong one, slowly.
            author = self.stack[-1].kind in AUTHORS and not self.stack[-1].identified and not value.isspace()
            self.out.append(f"<name>{shown}</name>" if author else shown)

    def _start(self, token: Start) -> None:
        self.elements += 1
        kind = local(token.name)
        for prefix, uri in namespaces(token.attributes):
            self._declare(prefix, uri)
        if kind in ENTRIES:
            self._begin_entry(token.name.lower())
        if self.muted_at is None and self._is_left_out(token.name.lower(), kind):
            self.muted_at = len(self.stack)
        start = len(self.out)
        if self.muted_at is None:
            self.out.append(f"<{token.name}{self._attributes(token, kind)}{'/' if token.closed else ''}>")
        self._push(token.name, kind, start)
        if "about" in token.attributes:
            self.stack[-1].identified = True
        if token.closed:
            self._pop(written=True)

    def _declare(self, prefix: str, uri: str) -> None:
        self.prefixes.add(prefix)
        if UNUSED_NAMESPACE.search(uri):
            self.unused_prefixes.add(prefix.lower())

    def _begin_entry(self, name: str) -> None:
        """No entry lies within another, or within an element that is left out: they have lost their end tags."""
        if self.stack and self.stack[0].name.lower() != name:
            self._end(name)
        if self.muted_at is not None and self.stack[self.muted_at].kind in UNUSED:
            self._end(self.stack[self.muted_at].name.lower())
        if not self.spans and self.muted_at is None:
            opening = "".join(self.out[element.start] for element in self.stack)
            self.frame = opening, "".join(f"</{element.name}>" for element in reversed(self.stack))

    def _push(self, name: str, kind: str, start: int) -> None:
        parent = self.stack[-1] if self.stack else None
        inside = parent is not None and parent.long and kind not in ROOM
        long = inside or kind in LONG
        room = parent.room if parent and inside else [LONG_ROOM if long else ROOM.get(kind, OTHER_ROOM)]
        self.stack.append(_Element(name, kind, start, room, long))
        self.open_names[name.lower()] = self.open_names.get(name.lower(), 0) + 1

    def _end(self, name: str) -> None:
        """Close the element and what is still open in it; an end without a beginning is left out."""
        while self.open_names.get(name):
            if self._pop().name.lower() == name:
                break

    def _pop(self, *, written: bool = False) -> _Element:
        element = self.stack.pop()
        self.open_names[element.name.lower()] -= 1
        if self.muted_at is None and not written:
            self.out.append(f"</{element.name}>")
        if self.muted_at is None and element.kind in ENTRIES and not self._in_entry():
            self.spans.append((element.start, len(self.out)))
        if self.muted_at == len(self.stack):
            self.muted_at = None
        if self.stack and element.kind in IDENTITIES:
            self.stack[-1].identified = True
        return element

    def _in_entry(self) -> bool:
        return any(self.open_names.get(name) for name in ENTRIES)

    def _is_left_out(self, name: str, kind: str) -> bool:
        if kind in ENTRIES and len(self.spans) >= self.max_entries:
            return True
        unused = kind in UNUSED or (":" in name and name.partition(":")[0] in self.unused_prefixes)
        return len(self.stack) >= MAX_DEPTH or (unused and bool(self.stack))

    def _cut_off(self) -> None:
        """Close what the text leaves open. Half a field of the last entry is no field, half an identity no entry."""
        depth = next((depth for depth, element in enumerate(self.stack) if element.kind in ENTRIES), None)
        if depth is not None:
            keep = depth + 1 if self.stack[depth].identified else depth
            if keep < len(self.stack):
                del self.out[self.stack[keep].start :]
            while len(self.stack) > keep:
                self._pop(written=True)
        while self.stack:
            self._pop()

    def _attributes(self, token: Start, kind: str) -> str:
        if kind in ("guid", "id"):
            return ' isPermaLink="false"'  # else feedparser makes an address of any guid, another one at each base
        if len(token.attributes) > MAX_ATTRIBUTES:
            return ""
        if "xmlns" in token.attributes and len(self.prefixes) > MAX_PREFIXES:
            return ""  # feedparser looks through all namespaces at each element
        return mended(token.attributes, self.entities) if token.sound else rewritten(token.attributes, self.entities)
