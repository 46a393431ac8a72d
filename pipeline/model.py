"""The records that travel along the data's path, one for each stage, all frozen.

FeedSource → FetchedFeed → Entry → Article → Story → document. A record has no field that a later stage fills.
All times are timezone-aware UTC; ``None`` means unknown and is never replaced by a guess.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

ContentSource = Literal["page", "feed"]
EntryState = Literal["stored", "pending", "rejected", "failed"]
Outcome = Literal["created", "updated", "unchanged", "rejected", "pending", "failed"]
OUTCOMES: tuple[Outcome, ...] = ("created", "updated", "unchanged", "rejected", "pending", "failed")


@dataclass(frozen=True, slots=True)
class FeedSource:
    """One row of the feed list. ``interval`` is the operator's floor between polls."""

    id: str
    name: str
    url: str
    language: str | None = None
    group: str | None = None
    interval: timedelta | None = None
    full_text: Literal["page", "feed"] = "page"
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Entry:
    """One item as its feed states it. ``url`` is absolute; ``summary`` and ``content`` are HTML as published."""

    guid: str | None
    url: str | None
    title: str
    summary: str = ""
    content: str = ""
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A feed document in parsed form. ``error`` names why it cannot be read as a feed (then there are no entries)."""

    format: str
    title: str
    entries: tuple[Entry, ...] = ()
    ttl: timedelta | None = None
    error: str | None = None
    skip_hours: tuple[int, ...] = ()
    """Hours of the day (UTC) and weekdays (0: Monday) in which the feed does not change (RSS skipHours, skipDays)."""
    skip_days: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Removal:
    """One line or block taken off as boilerplate, and the id of the rule that removed it."""

    text: str
    rule: str


@dataclass(frozen=True, slots=True)
class Article:
    """The story of one page or of one feed entry after extraction and cleaning.

    ``text`` is plain text, paragraphs separated by a newline, without the headline. Empty text means there is none.
    ``canonical_url`` is what the page states about itself (not yet checked against the site).
    """

    title: str
    text: str
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    language: str | None = None
    canonical_url: str | None = None
    removed: tuple[Removal, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """A phrase that decided about a topic; ``text[start:end] == phrase`` in the named field (code points)."""

    phrase: str
    field: Literal["title", "text"]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TopicScore:
    """How much a story is like a topic: ``score`` in 0 … 1, ``tagged`` when it reaches the topic's threshold."""

    topic: str
    score: float
    tagged: bool
    evidence: tuple[Evidence, ...] = ()
    against: tuple[Evidence, ...] = ()
    """Phrases that speak against the topic."""
    rules: str = field(default="", compare=False)
    """Digest of the topic's rules as they were applied; "" for scores older than this field."""


@dataclass(frozen=True, slots=True)
class Story:
    """What the ledger holds of one story, and all that the index document is built from."""

    id: str
    url: str
    title: str
    text: str
    summary: str
    authors: tuple[str, ...]
    language: str | None
    sources: tuple[str, ...]
    """Feed ids in the order in which they brought the story; the first is the document's ``source``."""
    published_at: datetime | None
    first_seen_at: datetime
    updated_at: datetime
    version: int
    revision: int
    content_source: ContentSource
    cluster_id: str
    copy_of: str | None = None
    topics: tuple[TopicScore, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that went wrong in a round, for the report. ``kind`` is a stable word, ``detail`` is for people."""

    feed: str | None
    url: str | None
    kind: str
    detail: str
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RunReport:
    """The sums of one round, as ``ingest --json`` prints them."""

    run_id: str
    now: datetime
    seconds: float
    feeds: dict[str, int] = field(default_factory=dict)
    entries: dict[str, int] = field(default_factory=dict)
    retried: dict[str, int] = field(default_factory=dict)
    stories: dict[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @property
    def balanced(self) -> bool:
        """Does every sighting have exactly one outcome?"""
        return self.entries["seen"] == sum(self.entries[outcome] for outcome in OUTCOMES)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP answer. ``raw`` is the body as it came over the wire, ``body`` the same with its encoding undone.

    ``url`` is where the last redirect led; ``headers`` keep their order and repetitions; names are as sent.
    """

    requested_url: str
    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    raw: bytes
    body: bytes
    at: datetime
    milliseconds: int
    redirects: tuple[tuple[int, str], ...] = ()

    def header(self, name: str) -> str | None:
        """The first value of a header, whatever the case of its name."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


ROUND_OVER = "round_limit"
"""The kind of a failure that is none: the round's time is over, the request was never sent."""
HOST_RESTS = "host_rests"
"""Another: the host has asked to be left alone until a time (429 with Retry-After)."""
NOT_ASKED = (ROUND_OVER, HOST_RESTS)


@dataclass(frozen=True, slots=True)
class FetchFailure:
    """Why there is no usable answer. ``kind`` is a stable word (``docs/reports.md``); ``temporary``: tried again."""

    url: str
    kind: str
    detail: str
    temporary: bool
    status: int | None = None
    exchange: Exchange | None = None
    retry_at: datetime | None = None
    """When the host may be asked again, where it has said so."""


@dataclass(frozen=True, slots=True)
class RecordRef:
    """Where an exchange lies in the archive: the batch's file and the byte offset of its record."""

    file: str
    offset: int


@dataclass(frozen=True, slots=True)
class RobotsFile:
    """One site's answer for /robots.txt (RFC 9309); ``origin`` is scheme, host and port."""

    origin: str
    at: datetime
    status: int
    body: bytes
