"""When a page was published: what it states in its head, else what htmldate finds in its body."""

import re
from datetime import UTC, datetime
from typing import Any

from pipeline.stages.extract.head import Head
from pipeline.stages.extract.linked_data import LinkedArticle

NAMES = (
    "article:published_time",
    "og:article:published_time",
    "og:published_time",
    "article:published",
    "datepublished",
    "parsely-pub-date",
    "sailthru.date",
    "cxenseparse:recs:publishtime",
    "publishdate",
    "publish_date",
    "publish-date",
    "published_date",
    "publication_date",
    "pubdate",
    "dcterms.created",
    "dc.date.issued",
    "dcterms.date",
    "dc.date",
    "date",
)
MAX_TIMES = 300
_FORMS = ("%B %d, %Y", "%b %d, %Y", "%d %B %Y", "%d %b %Y", "%Y/%m/%d", "%Y%m%d", "%a, %d %b %Y %H:%M:%S %z")
_STAMP = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?!\d)(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?",
    re.IGNORECASE,
)
# htmldate would ask the clock for its latest day. What lies in the future is judged by the caller, who has one.
_LATEST = "2099-12-31"


def published_at(tree: Any, head: Head, article: LinkedArticle, url: str) -> datetime | None:
    """UTC; a time without a zone is taken as UTC, a day as its midnight. ``None`` when nothing is found."""
    stated = [article.published, *(head.meta[name] for name in NAMES if name in head.meta), *_times(tree)]
    return next((moment for text in stated if (moment := moment_of(text))), None) or _searched(tree, url)


def moment_of(text: str) -> datetime | None:
    """A stated date or time, in ISO 8601 or one of a few other usual forms."""
    text = text.strip()[:60]
    if stamp := _STAMP.match(text):
        day, clock, zone = stamp.groups()
        zone = "+00:00" if not zone or zone.upper() in ("Z", "UTC", "GMT") else zone
        return _utc(f"{day}T{clock or '00:00'}{zone}", None)
    return next((moment for form in _FORMS if (moment := _utc(text, form))), None)


def _utc(text: str, form: str | None) -> datetime | None:
    try:
        moment = datetime.strptime(text, form) if form else datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC) if moment.year >= 1990 else None
    except (ValueError, OverflowError):
        return None


def _times(tree: Any) -> list[str]:
    """``<time>`` elements and elements marked as the date of publication; a marked one goes first."""
    marked, others = [], []
    for number, element in enumerate(tree.iter("time", "span", "div", "p", "abbr")):
        stamp = element.get("datetime") or element.get("content") or element.get("title") or ""
        is_marked = "datePublished" in (element.get("itemprop") or "") or element.get("pubdate") is not None
        if is_marked and stamp:
            marked.append(stamp)
        elif (
            element.tag == "time" and element.get("datetime") and "dateModified" not in (element.get("itemprop") or "")
        ):
            others.append(stamp)
        if number >= MAX_TIMES * 100 or len(others) >= MAX_TIMES:
            break
    return marked + others[:1]


def _searched(tree: Any, url: str) -> datetime | None:
    from htmldate import find_date

    try:
        found = find_date(tree, extensive_search=True, original_date=True, url=url, max_date=_LATEST)
    except Exception:  # htmldate has no error of its own; whatever a strange page does to it, the page has no date then
        return None
    return moment_of(found) if found else None
