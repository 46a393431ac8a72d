"""RSS and Atom → records. The only file that knows feedparser, which gets bytes in memory and so reaches no network."""

import io
import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pipeline.model import Entry, ParsedFeed
from pipeline.stages.parse_feed.dates import parse_date
from pipeline.stages.parse_feed.fields import (
    MAX_FRAGMENT,
    MAX_GUID,
    address,
    is_web,
    names,
    paragraphs,
    plain,
    resting_time,
)
from pipeline.stages.parse_feed.mend import Mended

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MAX_REST = 4_000
"""Characters: 24 hours or 7 days in their elements."""
PERIODS = {"hourly": 1, "daily": 24, "weekly": 7 * 24, "monthly": 30 * 24, "yearly": 365 * 24}
NOT_TEXT = ("image/", "audio/", "video/", "font/")
FAILURES = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What feedparser raises over elements in odd places: ends without beginnings, numbers that are none."""
MAX_FRAME = 50_000
"""Characters of start tags that are worth to be read again for each entry."""
FEEDS = ("rss", "feed", "channel")
"""Roots that make a document a feed although its version is unknown and it has no entries."""


def parse_xml(document: Mended, base: str) -> ParsedFeed | None:
    """The feed in a document, ``None`` if there is none in it; entries that feedparser cannot bear are left out.

    ``base`` is the absolute address that relative links start from where no xml:base says otherwise.
    """
    whole = _tried(document.head + "".join(document.entries) + document.tail, document.root, base)
    feed = whole if isinstance(whole, ParsedFeed | None) else _one_by_one(document, base)
    if feed is None:
        return None
    around = document.head + document.tail
    hours = {int(hour) % 24 for hour in _listed(around, "skipHours", "hour") if hour.isdecimal()}
    days = {DAYS.index(day.lower()[:3]) for day in _listed(around, "skipDays", "day") if day.lower()[:3] in DAYS}
    return replace(feed, skip_hours=tuple(sorted(hours)), skip_days=tuple(sorted(days)))


def _listed(text: str, element: str, item: str) -> list[str]:
    """The words within items of an element of the channel that feedparser does not know."""
    begin = text.lower().find(f"<{element.lower()}")
    end = text.lower().find(f"</{element.lower()}", begin)
    if not 0 <= begin < end:
        return []
    return re.findall(rf"<{item}[^<>]*>\s*(\w{{1,20}})\s*<", text[begin:end][:MAX_REST], re.IGNORECASE | re.ASCII)


def _one_by_one(document: Mended, base: str) -> ParsedFeed:
    """The feed out of entries that are read alone, each within nothing but the start tags around it."""
    around = _tried(document.head + document.tail, document.root, base)
    opening, closing = document.frame
    readable = document.entries if len(opening) <= MAX_FRAME else ()
    alone = [_tried(opening + entry + closing, document.root, base) for entry in readable]
    feeds = [feed for feed in alone if isinstance(feed, ParsedFeed)]
    feed = around if isinstance(around, ParsedFeed) else ParsedFeed(format=document.root, title="")
    return replace(feed, entries=tuple(entry for feed in feeds for entry in feed.entries))


def _tried(document: str, root: str, base: str) -> ParsedFeed | Exception | None:
    try:
        return _parse(document, root, base)
    except FAILURES as error:
        return error


def _parse(document: str, root: str, base: str) -> ParsedFeed | None:
    import feedparser  # takes 70 ms

    # Sanitising drops text (of <object>, <noscript>, unknown elements) and nothing here is shown in a browser.
    parsed = feedparser.parse(
        io.BytesIO(document.encode("utf-8")),
        response_headers={"content-type": "application/xml; charset=utf-8", "content-location": base},
        resolve_relative_uris=False,
        sanitize_html=False,
    )
    version = parsed.get("version")
    if not version and not parsed.entries and root not in FEEDS:
        return None
    feed, form = parsed.feed, version or root
    inherited = _authors(feed) if form.startswith("atom") else ()
    return ParsedFeed(
        format=form,
        title=_title(feed, form),
        entries=tuple(_entry(item, form, base, inherited) for item in parsed.entries),
        ttl=_ttl(feed),
    )


def _entry(item: Any, form: str, base: str, inherited: tuple[str, ...]) -> Entry:
    published, updated = _date(item, "published"), _date(item, "updated")
    if not form.startswith("atom"):
        published = published or updated  # dc:date, RSS 1.0's only date; in Atom ``updated`` says less
    return Entry(
        guid=_words(item, "id")[:MAX_GUID].strip() or None,
        url=_url(item, base),
        title=_title(item, form),
        summary=_summary(item, form),
        content=_content(item, form),
        authors=_authors(item) or inherited,
        published_at=published,
        updated_at=updated,
    )


def _words(item: Any, key: str) -> str:
    """A value as text; feedparser puts a mapping where an element has attributes it does not know."""
    value = dict.get(item, key)  # its own ``get`` finds the publication date under "updated"
    return value if isinstance(value, str) else ""


def _title(item: Any, form: str) -> str:
    """A type is stated in Atom only."""
    detail = item.get("title_detail") or {}
    is_text = detail.get("type") == "text/plain"
    return plain(_words(item, "title"), "perhaps" if not form.startswith("atom") else "no" if is_text else "yes")


def _content(item: Any, form: str) -> str:
    """The longest text that the entry carries besides its summary."""
    values = item.get("content")
    fragments = [_fragment(value, form) for value in values] if isinstance(values, list) else []
    return max(fragments, key=len, default="")


def _summary(item: Any, form: str) -> str:
    detail = item.get("summary_detail")
    # Without a detail the summary is no element of its own, but feedparser's copy of the content.
    return _fragment(detail, form) if isinstance(detail, dict) else ""


def _fragment(detail: Any, form: str) -> str:
    kind, value = str(detail.get("type", "")), str(detail.get("value") or "")[:MAX_FRAGMENT]
    if kind.startswith(NOT_TEXT) or (kind.startswith("application/") and " " not in value):  # base64 of something else
        return ""
    return paragraphs(value) if kind == "text/plain" and form.startswith("atom") else value


def _url(item: Any, base: str) -> str | None:
    """The entry's page: its alternate link, else any other that is no attachment, else a guid that is an address.

    A link of another scheme stays where there is nothing better, so that it can be named as the reason.
    """
    links = [link for link in item.get("links") or () if isinstance(link, dict)]
    stated = [_words(item, "link")]
    for relation in ("alternate", "via", "related"):
        stated += [str(link.get("href") or "") for link in links if link.get("rel") == relation]
    if re.match(r"https?://\S+\Z", _words(item, "id").strip()):
        stated.append(_words(item, "id"))
    urls = [url for link in stated if (url := address(link, base))]
    return next((url for url in urls if is_web(url)), urls[0] if urls else None)


def _authors(item: Any) -> tuple[str, ...]:
    details = item.get("authors")
    people = [person for person in details if isinstance(person, dict)] if isinstance(details, list) else []
    return names(
        [str(person.get("name") or person.get("email") or "") for person in people] or [_words(item, "author")]
    )


def _date(item: Any, key: str) -> datetime | None:
    # feedparser's own reading completes dates from the clock, and knows few zones.
    return parse_date(_words(item, key))


def _ttl(feed: Any) -> timedelta | None:
    """The longest of the feed's hints how long it rests: RSS's ttl in minutes, the syndication module's period."""
    minutes = _number(_words(feed, "ttl"))
    hours = PERIODS.get(_words(feed, "sy_updateperiod").strip().lower(), 0)
    times_a_period = _number(_words(feed, "sy_updatefrequency")) or 1
    return resting_time(max(minutes * 60, hours * 3600 / times_a_period))


def _number(stated: str) -> float:
    found = re.fullmatch(r"\s*(\d{1,9})(?:\.\d{1,9})?\s*", stated, re.ASCII)
    return float(found[1]) if found else 0
