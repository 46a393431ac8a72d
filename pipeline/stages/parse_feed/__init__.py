"""Bytes of a feed document → its entries, whatever the bytes are."""

from collections.abc import Mapping

from pipeline.model import ParsedFeed
from pipeline.stages.parse_feed.charset import decode
from pipeline.stages.parse_feed.fields import address, is_web
from pipeline.stages.parse_feed.json_feed import parse_json
from pipeline.stages.parse_feed.mend import mend
from pipeline.stages.parse_feed.xml_feed import parse_xml

MAX_BODY = 10_000_000
"""Bytes; of a longer body only so much is read, as if it were cut off there."""
MAX_ENTRIES = 2_000
"""The first ones of the document are kept: feeds put the newest first."""

NOWHERE = "http://feed.invalid/"
"""The base of relative links in a document of unknown address (RFC 2606); without one feedparser piles bases up."""
NO_HEADERS: Mapping[str, str] = {}


def parse_feed(body: bytes, url: str, headers: Mapping[str, str] = NO_HEADERS) -> ParsedFeed:
    """The feed in ``body``, fetched from ``url`` with these response headers (names in any case). Never raises.

    RSS 0.9x, 1.0 and 2.0, Atom, JSON Feed. A damaged document gives the entries that can be read. ``error`` is a stable
    word, a colon and a short reason: ``empty``, ``html`` (a page at the feed's address), ``not_a_feed`` or
    ``unreadable``.
    """
    stated = {name.lower(): value for name, value in headers.items()}
    text = decode(body[:MAX_BODY], stated.get("content-type", "")).strip()
    if not text:
        return _failure("empty: the body holds nothing")
    base = _base(url if is_web(url) else NOWHERE, stated.get("content-location", ""))
    try:
        return _parse_json(text, base) if text[0] in "{[" else _parse_markup(text, base)
    except Exception as error:  # hostile input finds holes in any parser; one feed's trouble is a value
        return _failure(f"unreadable: {type(error).__name__}")


def _parse_json(text: str, base: str) -> ParsedFeed:
    return parse_json(text, base, MAX_ENTRIES) or _failure("not_a_feed: JSON that is no JSON Feed")


def _parse_markup(text: str, base: str) -> ParsedFeed:
    mended = mend(text, MAX_ENTRIES)
    if mended.is_page:
        return _failure("html: a web page stands at the feed's address")
    if not mended.root:
        return _failure("not_a_feed: no markup")
    # RSS has no rule for relative links; its writers mean their site, also where the feed lies elsewhere.
    parsed = parse_xml(mended, _base(base, mended.site))
    return parsed or _failure(f"not_a_feed: a document of <{mended.root[:40]}>")


def _base(url: str, stated: str) -> str:
    """What relative links start from (RFC 3986, section 5.1): the stated address where it is one, else ``url``."""
    base = address(stated, url)
    return base if base is not None and is_web(base) else url


def _failure(reason: str) -> ParsedFeed:
    return ParsedFeed(format="", title="", error=reason)
