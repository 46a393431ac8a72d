"""Taking off what a page's own markup says is not the story: navigation, footers, boxes of links, forms, players.

A page is cut before the extractor sees it, so that neither its rules nor its fallbacks can pick such parts.
"""

import itertools
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

REMEMBERED = 5000
"""Names of elements: those of some forty pages. Most are met once, and 20,000 of them took 12 MB more."""
SCRIPTS = ("script", "style")
"""Never text, wherever they stand."""
DROPPED = frozenset(
    {"aside", "button", "dialog", "form", "iframe", "nav", "noscript", "select", "svg", "template"}
)  # fmt: skip
MARKED = frozenset(
    {
        "article", "aside", "details", "div", "dl", "figure", "fieldset", "footer", "form", "header", "li", "ol",
        "p", "section", "span", "table", "td", "tr", "ul",
    }
)  # fmt: skip
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
MOST_OF_PAGE = 0.3
"""An element with a larger share of the page's text is the story's own frame, whatever its class says."""
ENOUGH = 500
"""Characters. With less text in paragraphs, the page does without them."""
MAX_STYLE = 2000
LONGEST_NAME = 200
"""Characters. What follows is not looked at: longer names are the settings of a layout system."""
MOST_WORDS = 5
"""A longer name is the slug of a heading, not the name of a part."""

_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
# Words, and pairs of them, in a class or id that name a part of the page which never belongs to the story.
FURNITURE = frozenset(
    {
        "addthis", "advert", "adverts", "advertisement", "advertisements", "advertising", "adslot", "adunit",
        "adbox", "breadcrumb", "breadcrumbs", "comments", "disqus", "donate", "donation", "footer", "gdpr",
        "cookie", "cookies", "consent", "livefyre", "masthead", "mostread", "navbar", "navigation", "newsletter",
        "newsletters", "optin", "outbrain", "pagination", "popup", "promo", "promos", "promotion", "recirc",
        "recirculation", "recommendation", "recommendations", "recommended", "related", "relatedposts", "respond",
        "share", "shares", "sharebar", "sharing", "sharedaddy", "sharethis", "signup", "sidebar", "skip", "social",
        "socials", "sociable", "sponsor", "sponsored", "subscribe", "subscription", "subscriptions", "taboola",
        "toolbar", "tooltip", "trending", "zergnet",
    }
)  # fmt: skip
PAIRS = frozenset(
    {
        ("also", "like"), ("also", "read"), ("author", "bio"), ("author", "box"), ("author", "info"),
        ("comment", "form"), ("comment", "list"), ("comments", "area"), ("more", "from"), ("more", "on"),
        ("more", "stories"), ("most", "popular"), ("most", "read"), ("most", "viewed"), ("photo", "credit"),
        ("image", "credit"), ("post", "tags"), ("article", "tags"), ("tag", "list"), ("tags", "list"),
        ("read", "more"), ("read", "next"), ("screen", "reader"), ("see", "also"), ("sr", "only"),
        ("visually", "hidden"), ("app", "download"), ("top", "stories"), ("up", "next"), ("you", "may"),
        ("ad", "container"), ("ad", "slot"), ("ad", "unit"), ("ad", "wrapper"), ("google", "ad"),
        ("entry", "footer"), ("sign", "up"), ("wp", "caption"),
    }
)  # fmt: skip
# Words in names that tell of the state of a page, or of a quoted post that is part of the story.
STATES = frozenset(
    {
        "has", "no", "not", "with", "without", "enabled", "disabled", "false", "embed", "embedded",
    }
)  # fmt: skip
ROLES = frozenset(
    {
        "navigation", "complementary", "contentinfo", "banner", "search", "dialog", "alertdialog", "menu",
        "menubar",
    }
)  # fmt: skip


def prune(tree: Any) -> None:
    """Cut the furniture out of ``tree``, in place; text behind a cut element stays."""
    for element in list(tree.iter(*SCRIPTS)):
        _cut(element)
    length = _measure(tree)
    most = MOST_OF_PAGE * length(tree)
    found = list(_furniture(tree))
    # Stories behind a "more" button or a soft paywall are hidden as a whole.
    spare_hidden = sum(map(length, filter(is_hidden, found))) > most
    for element in found:
        if length(element) <= most and not (spare_hidden and is_hidden(element)):
            _cut(element)


def _furniture(tree: Any) -> Iterator[Any]:
    for element in tree.iter(*DROPPED, *MARKED, *HEADINGS):
        if _is_furniture(element, element.tag):
            yield element


def _is_furniture(element: Any, tag: Any) -> bool:
    if tag in DROPPED or (tag in ("footer", "header") and _is_outside_story(element)):
        return True
    return is_hidden(element) or _is_named(element)


def _is_outside_story(element: Any) -> bool:
    """A header or footer of the article itself may hold its standfirst or its last lines."""
    return element.find(".//h1") is None and next(element.iterancestors("article", "main"), None) is None


def is_hidden(element: Any) -> bool:
    """Does the markup itself say that nobody sees the element?"""
    if element.get("hidden") is not None or element.get("aria-hidden") == "true":
        return True
    style = element.get("style")
    return bool(style) and "display:none" in style[:MAX_STYLE].replace(" ", "").lower()


def _is_named(element: Any) -> bool:
    if element.get("role") in ROLES:
        return True
    # The id of a heading is made from its words.
    identity = "" if element.tag in HEADINGS else element.get("id", "")
    return _have_furniture(element.get("class", "")) or _have_furniture(identity)


def _have_furniture(names: str) -> bool:
    return bool(names) and any(map(_is_furniture_name, names.split()[:20]))


def parts_of(name: str) -> list[str]:
    """The words and numbers that make up the name of an element, in lower case."""
    return " ".join(_PART.findall(name[:LONGEST_NAME])).lower().split()


def name_furniture(parts: list[str]) -> bool:
    """Does a name of these parts stand for a part of the page that never belongs to the story?"""
    if FURNITURE.isdisjoint(parts) and PAIRS.isdisjoint(itertools.pairwise(parts)):
        return False
    return len(parts) <= MOST_WORDS and STATES.isdisjoint(parts)


@lru_cache(maxsize=REMEMBERED)
def _is_furniture_name(name: str) -> bool:
    return name_furniture(parts_of(name))


def _measure(tree: Any) -> Callable[[Any], int]:
    """How the text of an element is counted: that of paragraphs, or all where a page does without paragraphs."""
    return _in_paragraphs if _in_paragraphs(tree) >= ENOUGH else _in_all


def _in_paragraphs(element: Any) -> int:
    return sum(len(text) for paragraph in element.iter("p") for text in paragraph.itertext())


def _in_all(element: Any) -> int:
    return sum(len(" ".join(text.split())) for text in element.itertext())


def _cut(element: Any) -> None:
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        before = element.getprevious()
        if before is None:
            parent.text = (parent.text or "") + element.tail
        else:
            before.tail = (before.tail or "") + element.tail
        element.tail = None
    parent.remove(element)
