"""What an outlet answers to a path at an hour: pure, from the newsroom to status, headers and body."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from urllib.parse import parse_qsl, urlencode, urlsplit

from pipeline.sample.feeds import Sites, feed_document
from pipeline.sample.newsroom import Newsroom, Outlet, SampleArticle, latest
from pipeline.sample.pages import article_page, front_page, notice_page

FEED_TYPES = {"rss2": "application/rss+xml", "rss1": "application/rdf+xml", "atom": "application/atom+xml"}
NOTICES = {403: "blocked", 404: "not-found", 503: "unavailable"}
RETRY_AFTER = 1800
"""Seconds that an outlet in trouble asks its readers to wait."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer before transfer: ``modified`` is the Last-Modified time of what is shown."""

    status: int
    content_type: str
    body: bytes
    modified: datetime | None = None
    retry_after: int | None = None
    slow: bool = False

    @property
    def etag(self) -> str:
        """Weak, since the same tag goes with the plain and the gzipped body (RFC 9110, section 8.8.3.3)."""
        return f'W/"{sha256(self.body).hexdigest()[:20]}"'


def answer(newsroom: Newsroom, outlet: Outlet, hour: int, target: str, sites: Sites) -> Answer:
    """The answer of ``outlet`` to a request target such as ``/feed/`` or ``/news/a/?utm_source=rss``."""
    path = without_tracking(target)
    if path == outlet.feed.path:
        return _feed(newsroom, outlet, hour, sites)
    if path == "/robots.txt":
        return Answer(200, "text/plain; charset=utf-8", outlet.robots.encode())
    if path == "/":
        return _html(outlet, front_page(newsroom, outlet, hour))
    article = _pages(newsroom, outlet, hour).get(path)
    return _notice(outlet, 404) if article is None else _page(newsroom, outlet, article, hour, sites)


def without_tracking(target: str) -> str:
    """Path and query without the parameters that links carry for statistics; parameters that name a page stay."""
    parts = urlsplit(target)
    query = urlencode([(k, v) for k, v in parse_qsl(parts.query) if not k.startswith("utm_")])
    return parts.path + (f"?{query}" if query else "")


def _pages(newsroom: Newsroom, outlet: Outlet, hour: int) -> Mapping[str, SampleArticle]:
    shown = [article for article in newsroom.published(outlet, hour) if article.has_page]
    return {path: article for article in shown for path in (article.path, article.linked_as) if path}


def _feed(newsroom: Newsroom, outlet: Outlet, hour: int, sites: Sites) -> Answer:
    if outlet.feed.status != 200:
        return _notice(outlet, outlet.feed.status)
    if outlet.feed.format == "html":
        return _html(outlet, front_page(newsroom, outlet, hour))
    text = feed_document(newsroom, outlet, hour, sites)
    return Answer(
        200,
        f"{FEED_TYPES[outlet.feed.format]}; charset={outlet.charset}",
        text.encode(outlet.charset, "xmlcharrefreplace"),
        modified=latest(newsroom.published(outlet, hour)),
        slow=outlet.feed.slow,
    )


def _page(newsroom: Newsroom, outlet: Outlet, article: SampleArticle, hour: int, sites: Sites) -> Answer:
    status = article.page_status[hour]
    if status != 200:
        return _notice(outlet, status)
    return _html(outlet, article_page(newsroom, article, sites[outlet.id]), article.modified)


def _notice(outlet: Outlet, status: int) -> Answer:
    body = notice_page(NOTICES[status], outlet).encode(outlet.charset, "xmlcharrefreplace")
    retry_after = RETRY_AFTER if status == 503 else None
    return Answer(status, f"text/html; charset={outlet.charset}", body, retry_after=retry_after)


def _html(outlet: Outlet, text: str, modified: datetime | None = None) -> Answer:
    body = text.encode(outlet.charset, "xmlcharrefreplace")
    return Answer(200, f"text/html; charset={outlet.charset}", body, modified)
