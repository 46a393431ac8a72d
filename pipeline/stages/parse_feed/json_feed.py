"""JSON Feed (jsonfeed.org, versions 1 and 1.1) → records."""

import html
import json
from typing import Any

from pipeline.model import Entry, ParsedFeed
from pipeline.stages.parse_feed.dates import parse_date
from pipeline.stages.parse_feed.fields import MAX_FRAGMENT, MAX_GUID, address, names, paragraphs, plain


def parse_json(text: str, base: str, max_entries: int) -> ParsedFeed | None:
    """The feed, ``None`` if the text is not JSON or not a feed."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        return None
    version = _words(document, "version")
    if "jsonfeed.org" not in version:
        return None
    items = [item for item in document["items"][:max_entries] if isinstance(item, dict)]
    inherited = _authors(document)
    return ParsedFeed(
        format="json11" if version.rstrip("/").endswith("1.1") else "json1",
        title=plain(_words(document, "title"), "no"),
        entries=tuple(_entry(item, base, inherited) for item in items),
    )


def _entry(item: dict[str, Any], base: str, inherited: tuple[str, ...]) -> Entry:
    return Entry(
        guid=_words(item, "id")[:MAX_GUID].strip() or None,
        url=address(_words(item, "url"), base) or address(_words(item, "external_url"), base),
        title=plain(_words(item, "title"), "no"),
        summary=html.escape(_words(item, "summary")[:MAX_FRAGMENT], quote=False),
        content=_words(item, "content_html")[:MAX_FRAGMENT] or paragraphs(_words(item, "content_text")[:MAX_FRAGMENT]),
        authors=_authors(item) or inherited,
        published_at=parse_date(_words(item, "date_published")),
        updated_at=parse_date(_words(item, "date_modified")),
    )


def _words(record: dict[str, Any], key: str) -> str:
    """A value as text; ids are sometimes numbers."""
    value = record.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else ""


def _authors(record: dict[str, Any]) -> tuple[str, ...]:
    """Version 1.1 has a list, version 1 a single ``author``."""
    people = record.get("authors")
    people = people if isinstance(people, list) else [record.get("author")]
    return names([_words(person, "name") for person in people if isinstance(person, dict)])
