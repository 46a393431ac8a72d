"""Feeds and pages that are made to fill a poller's memory: small on the line, large once they are unpacked and read."""

import gzip
import zlib
from collections.abc import Callable, Mapping

import brotli
import zstandard

from bench.polling.answers import dripping, flooding, full, gzip_bomb, head, moved
from bench.polling.documents import item, prose, rss
from bench.polling.origin import Answer, Site

FEED = 9_900_000
PAGE = 14_900_000
"""Bytes just below what Sitrep reads of a feed and a page."""
RSS = b"<rss version='2.0'><channel><title>t</title>"
HTML = b"<!doctype html><html><body>"

FEEDS: Mapping[str, Callable[[], bytes]] = {
    "flat": lambda: _filled(RSS, b"<a/>", FEED),
    "deep": lambda: _filled(RSS, b"<a>", FEED),
    "items": lambda: _filled(RSS, b"<item><title>a</title></item>", FEED),
    "objects": lambda: _filled(b'{"version": "https://jsonfeed.org/version/1", "items": [', b"{},", FEED) + b"{}]}",
    "attributes": lambda: RSS + b"<item " + b" ".join(b"a%d='1'" % n for n in range(600_000)) + b"/>",
}
PAGES: tuple[Callable[[], bytes], ...] = (
    lambda: HTML + b"<div>" * 100_000 + b"text",
    lambda: _filled(HTML, b"<p>", PAGE),
    lambda: _filled(HTML, b"<a b c d e f g h>", PAGE),
    lambda: _filled(HTML + b"<table>", b"<tr><td>1", PAGE),
    lambda: _filled(HTML + b"<p>", b"&amp;x", PAGE),
    lambda: _filled(HTML, b"<p>The harbour was closed for the day, and nobody said why.</p>", PAGE),
    lambda: _filled(HTML + b"<p>", "\U0001f6a2 ".encode(), PAGE),
    lambda: _filled(HTML + b'<script type="application/ld+json">[', b"{},", PAGE) + b"{}]</script>",
)


def hostile_feeds(site: Site) -> dict[str, str]:
    """Addresses of feeds by name; those that must fail have names that end in ``bomb``."""
    answers = {name: _packed(make()) for name, make in FEEDS.items()} | _bombs() | _endless()
    ring = [moved(302, site.url(f"/ring{(n + 1) % 4}")) for n in range(4)]
    site.answers.update({f"/ring{n}": answer for n, answer in enumerate(ring)})
    site.answers.update({f"/{name}": answer for name, answer in answers.items()})
    return {name: site.url(f"/{name}") for name in answers} | {"ring-bomb": site.url("/ring0")}


def hostile_pages(site: Site) -> dict[str, str]:
    """The address of a feed by its name, whose entries lead to all ``PAGES``."""
    for number, make in enumerate(PAGES):
        site.answers[f"/page/{number}"] = _packed(make(), "text/html")
    items = [
        item(site.url(f"/page/{n}"), f"Event {n}", guid=f"h{n}", text=f"<p>{prose(n)}</p>") for n in range(len(PAGES))
    ]
    site.answers["/pages"] = full(rss(*items))
    return {"pages": site.url("/pages")}


def _bombs() -> dict[str, Answer]:
    """Each unpacks to 200 MB."""
    blanks = b" " * 200_000_000
    bodies = {
        "gzip": gzip_bomb(RSS, 200, b"</channel></rss>"),
        "deflate": zlib.compress(blanks),
        "br": brotli.compress(blanks, quality=2),
        "zstd": zstandard.compress(blanks),
    }
    return {f"{coding}-bomb": full(body, {"Content-Encoding": coding}) for coding, body in bodies.items()}


def _endless() -> dict[str, Answer]:
    ok = head(200, {"Content-Type": "application/rss+xml"})
    return {
        "header-bomb": flooding(b"HTTP/1.1 200 OK\r\n", b"X-More: " + b"x" * 4000 + b"\r\n", 60_000_000),
        "drip-bomb": dripping(ok + RSS, b" ", pause=0.2, limit=8),
        "body-bomb": flooding(ok + RSS, b" " * 100_000, 60_000_000),
    }


def _filled(start: bytes, piece: bytes, size: int) -> bytes:
    return start + piece * ((size - len(start)) // len(piece))


def _packed(body: bytes, kind: str = "application/rss+xml") -> Answer:
    return full(gzip.compress(body, 1), {"Content-Encoding": "gzip"}, kind=kind)
