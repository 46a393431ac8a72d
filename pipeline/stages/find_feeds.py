"""Where a web page says its feeds are, and where sites usually have theirs."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from pipeline.stages.extract.decode import decode
from pipeline.stages.identify import canonical_url

MAX_TEXT = 3_000_000
"""Characters of a page that are looked at."""
MAX_FEEDS = 20
MAX_TITLE = 200
LONGEST_URL = 2000
FEED_TYPES = {"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"}
PERHAPS_TYPES = {"application/xml", "text/xml", "application/json"}
"""Types that also other things have: of such a link the address must look like a feed's."""
FEED_PATH = re.compile(
    r"(?:^|[/_.-])(?:rss|atom|feeds?)(?:[/_.-]|rss|\d|$)|(?:rss|atom|feed)[^/]{0,20}\.(?:xml|aspx|php|ashx)$|\.(?:rss|atom|rdf)$",
    re.IGNORECASE,
)
FEED_QUERY = re.compile(r"(?:^|&)(?:feed|format|type)=(?:rss2?|atom|feed|xml)\b", re.IGNORECASE)
COMMENTS = re.compile(r"\bcomments?\b", re.IGNORECASE)
USUAL_PATHS = ("/feed/", "/rss.xml", "/feed.xml", "/rss", "/atom.xml", "/index.xml")


@dataclass(frozen=True, slots=True)
class NamedFeed:
    """An address that a page gives for a feed, and what the page calls it ("" if nothing)."""

    url: str
    title: str


def find_feeds(html: bytes, url: str, charset: str | None) -> tuple[NamedFeed, ...]:
    """The feeds that the page at ``url`` names, the likeliest first: declared in its head, then linked to.

    Feeds of comments come last. Addresses are absolute; none has been asked.
    """
    from bs4 import BeautifulSoup
    from bs4.filter import SoupStrainer

    soup = BeautifulSoup(decode(html, charset)[:MAX_TEXT], "lxml", parse_only=SoupStrainer(["base", "link", "a"]))
    base = _joined(url, _text(soup.find("base", href=True), "href")) or url
    named = [*_feeds(base, _declared(soup)), *_feeds(base, _linked(soup))]
    once = {canonical_url(feed.url): feed for feed in reversed(named)}
    kept = [feed for feed in named if once[canonical_url(feed.url)] is feed]
    return tuple(sorted(kept, key=lambda feed: bool(COMMENTS.search(f"{feed.url} {feed.title}"))))[:MAX_FEEDS]


def usual_places(url: str) -> tuple[str, ...]:
    """Where a feed of the page at ``url`` or of its site might be, the likeliest first."""
    parts = urlsplit(url)
    own = () if parts.path in ("", "/") else (parts.path.rstrip("/") + "/feed/",)
    return tuple(f"{parts.scheme}://{parts.netloc}{path}" for path in dict.fromkeys((*own, *USUAL_PATHS)))


def _declared(soup: Any) -> Iterator[tuple[str, str]]:
    """(address, title) of ``<link rel="alternate">`` with a feed's type (HTML standard, 4.6.7.1)."""
    for link in soup.find_all("link", href=True):
        relations = _text(link, "rel").lower().split()
        kind = _text(link, "type").partition(";")[0].strip().lower()
        address = _text(link, "href")
        is_feed = kind in FEED_TYPES or (kind in PERHAPS_TYPES and _looks_like_feed(address))
        if is_feed and ("alternate" in relations or "feed" in relations):
            yield address, _text(link, "title")


def _linked(soup: Any) -> Iterator[tuple[str, str]]:
    """(address, words) of ordinary links that look like a feed's."""
    for link in soup.find_all("a", href=True):
        address = _text(link, "href")
        if _looks_like_feed(address):
            yield address, link.get_text(" ")


def _feeds(base: str, pairs: Iterable[tuple[str, str]]) -> Iterator[NamedFeed]:
    for address, title in pairs:
        joined = _joined(base, address)
        if joined is not None:
            yield NamedFeed(joined, " ".join(title.split())[:MAX_TITLE])


def _looks_like_feed(address: str) -> bool:
    path, _, query = address.partition("#")[0].partition("?")
    return bool(FEED_PATH.search(path[:LONGEST_URL]) or FEED_QUERY.search(query[:LONGEST_URL]))


def _joined(base: str, address: str) -> str | None:
    """The absolute address without its fragment, if it can be asked."""
    if not 0 < len(address.strip()) <= LONGEST_URL:
        return None
    try:
        joined = urljoin(base, address.strip()).partition("#")[0]
    except ValueError:
        return None
    is_plain = joined.isprintable() and " " not in joined
    return joined if is_plain and canonical_url(joined) else None


def _text(tag: Any, name: str) -> str:
    """An attribute as text, "" where there is none; some are lists of words."""
    value = tag.get(name) if tag is not None else None
    return " ".join(value) if isinstance(value, list) else value or ""
