"""What goes to and comes from the index. Free of the client, whose import costs half a second."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

from pipeline.adapters.search_index.layout import Board

DeliveryOutcome = Literal["indexed", "superseded", "rejected", "retry"]

MARK_START, MARK_END = "\ue000", "\ue001"
"""Around each matched word of a highlight: private-use characters, since markup may stand in the text itself."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one document.

    ``indexed``: this revision is in the index now. ``superseded``: a newer one was there already.
    ``rejected``: it can never be accepted as it is, ``detail`` says why. ``retry``: send it again later.
    """

    story_id: str
    revision: int
    outcome: DeliveryOutcome
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """One document of a board's index. ``fields`` None takes it out.

    ``merge``: fields that are not given stay as they are; then ``once`` is written only when the document comes into
    being. Else the document is replaced.
    """

    board: Board
    id: str
    fields: Mapping[str, Any] | None
    merge: bool = False
    once: Mapping[str, Any] = field(default_factory=dict)


class IndexedVersion(NamedTuple):
    """What the index holds of one story. ``bar``: Elasticsearch's own version; no lower revision comes in again."""

    story_id: str
    revision: int
    version: int
    bar: int


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A question to the index: ``text`` in the language of ``simple_query_string``; both times are inclusive.

    ``source`` finds the stories that this feed brought, be it first or later. Copies of a story already in the index
    are left out unless ``copies``. ``with_text`` False saves sending the article texts.
    """

    text: str = ""
    topic: str | None = None
    source: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    size: int = 10
    copies: bool = False
    with_text: bool = True


@dataclass(frozen=True, slots=True)
class Highlight:
    """A piece of ``title`` (whole) or ``text`` (a snippet); matched words stand between the marks."""

    field: str
    marked: str

    @property
    def plain(self) -> str:
        return self.marked.replace(MARK_START, "").replace(MARK_END, "")


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One story found. ``document`` has the contract's fields; ``score`` is Elasticsearch's relevance."""

    id: str
    score: float
    document: dict[str, Any]
    highlights: tuple[Highlight, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchResult:
    """``total`` counts every match, ``hits`` holds the first of them."""

    total: int
    hits: tuple[SearchHit, ...] = ()
