"""Pages that only lead on to the page that was meant, on the same site: meta refresh, and AMP copies."""

import html
import re

from pipeline.stages.identify import canonical_url, joined, same_site
from pipeline.stages.judge_page import Page
from pipeline.stages.wall import says_little

LOOKED_AT = 100_000
"""Bytes of a page: what leads on stands in its head."""
LONGEST_PAUSE = 10
"""Seconds. A page that moves on later is meant to be read first, or reloads itself."""

# A program does what a page says to browsers that know no conditional comments or run no scripts. But a page with its
# story in it means only those browsers, and leads them to a page that tells them so.
COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
SCRIPTLESS = re.compile(rb"<noscript\b.*?(?:</noscript\b|\Z)", re.DOTALL | re.IGNORECASE)
TAG = re.compile(rb"<(?:meta|link)\b[^<>]{0,2000}>", re.IGNORECASE)
ATTRIBUTE = re.compile(r"([a-z-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
REFRESH = re.compile(r"\s*(\d{1,4})(?:\.\d*)?\s*[;,\s]\s*(?:url\s*=\s*)?[\"']?\s*([^\"'\s].*?)[\"']?\s*", re.IGNORECASE)
HAS_REFRESH = re.compile(rb"http-equiv\s*=\s*[\"']?\s*refresh")
AMP = re.compile(rb"<html\b[^<>]{0,1000}?\s(?:amp|\xe2\x9a\xa1)(?:[\s=>\xef/])")


def onward(page: Page) -> str | None:
    """Where the page leads on to, ``None`` where it is what was asked for."""
    head = page.html[:LOOKED_AT]
    lower = head.lower()
    is_amp = _is_amp(lower)
    if not is_amp and not (b"refresh" in lower and HAS_REFRESH.search(lower)):
        return None  # as nearly all pages do; their many tags need not be read
    head = COMMENT.sub(b"", head)
    if not says_little(page.html):
        head = SCRIPTLESS.sub(b"", head)
    tags = [_attributes(found[0]) for found in TAG.finditer(head)]
    target = _refresh(tags) or (_canonical(tags) if is_amp else None)
    if not target:
        return None
    there, here = canonical_url(joined(page.url, target)), canonical_url(page.url)
    return there if there and here and there != here and same_site(there, here) else None


def tells(page: Page) -> bool:
    """Does the page hold a story itself, as an AMP page does and any with words enough?"""
    return _is_amp(page.html[:LOOKED_AT].lower()) or not says_little(page.html)


def _is_amp(head: bytes) -> bool:
    """Plain search first: an expression reads the whole head for the one tag that stands at its start."""
    start = head.find(b"<html")
    while start >= 0 and not AMP.match(head, start):
        start = head.find(b"<html", start + 1)
    return start >= 0


def _refresh(tags: list[dict[str, str]]) -> str | None:
    for tag in tags:
        if tag.get("http-equiv", "").strip().lower() == "refresh":
            found = REFRESH.fullmatch(tag.get("content", ""))
            if found and int(found[1]) <= LONGEST_PAUSE:
                return found[2]
    return None


def _canonical(tags: list[dict[str, str]]) -> str | None:
    return next(
        (tag["href"] for tag in tags if tag.get("rel", "").strip().lower() == "canonical" and "href" in tag), None
    )


def _attributes(tag: bytes) -> dict[str, str]:
    text = tag.decode("utf-8", "replace")
    return {name.lower(): html.unescape("".join(values)) for name, *values in ATTRIBUTE.findall(text)}
