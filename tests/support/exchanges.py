"""HTTP answers as records, for tests of what is decided about them."""

from datetime import UTC, datetime

from pipeline.model import Exchange

NOON = datetime(2024, 10, 21, 12, tzinfo=UTC)
FEED_URL = "https://example.org/feed/"


def exchange(
    status: int = 200,
    body: bytes = b"<rss/>",
    *,
    url: str = FEED_URL,
    requested_url: str | None = None,
    **headers: str,
) -> Exchange:
    """An answer; header names are given with underscores: ``content_type="text/html"``."""
    return Exchange(
        requested_url=requested_url or url,
        url=url,
        status=status,
        headers=tuple((name.replace("_", "-").title(), value) for name, value in headers.items()),
        raw=body,
        body=body,
        at=NOON,
        milliseconds=12,
    )
