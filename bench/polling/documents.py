"""Feed documents and pages, as small as they can be. All texts are invented."""

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from html import escape

WORDS = ("harbour", "brigade", "minister", "convoy", "radar", "valley", "bridge", "treaty", "pilot", "depot")


def prose(seed: int, count: int = 60) -> str:
    """Invented prose that no other seed gives."""
    chosen = [WORDS[(seed * 7 + place * (seed % 5 + 1)) % len(WORDS)] for place in range(count)]
    half = count // 2
    first, second = " ".join(chosen[:half]), " ".join(chosen[half:])
    return f"Report {seed} says the {first} near post {seed}. Officials said the {second}."


def item(
    link: str | None,
    title: str = "A convoy crosses the valley",
    *,
    guid: str | None = None,
    date: str | datetime | None = None,
    text: str = "",
    more: str = "",
) -> str:
    """One RSS item; without ``guid`` it has none. ``text`` is HTML, ``more`` is XML as it stands."""
    stated = format_datetime(date) if isinstance(date, datetime) else date
    parts = [
        f"<title>{escape(title)}</title>",
        f"<link>{escape(link)}</link>" if link is not None else "",
        f'<guid isPermaLink="false">{escape(guid)}</guid>' if guid else "",
        f"<pubDate>{stated}</pubDate>" if stated else "",
        f"<description>{escape(text)}</description>" if text else "",
        more,
    ]
    return f"<item>{''.join(parts)}</item>"


def rss(*items: str, channel: str = "", title: str = "Test feed") -> bytes:
    """An RSS 2.0 document; ``channel`` is more of the channel's own elements."""
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<rss version="2.0" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">'
        f"<channel><title>{title}</title><link>http://example.org/</link><description>Test</description>"
        f"{channel}{''.join(items)}</channel></rss>"
    ).encode()


def news(site_url: str, numbers: Sequence[int]) -> bytes:
    """An RSS document with the stories of these numbers: ``/news/N`` on the site, their text in the feed."""
    return rss(*(story(site_url, number) for number in numbers))


def story(site_url: str, number: int) -> str:
    """The item of story ``number``."""
    return item(
        f"{site_url}/news/{number}", f"Event {number} in the valley", guid=f"n{number}", text=f"<p>{prose(number)}</p>"
    )


def page(title: str, *paragraphs: str, head: str = "") -> bytes:
    """An article page."""
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{title}</title>{head}</head>"
        f"<body><article><h1>{title}</h1>{body}</article></body></html>"
    ).encode()
