"""Who wrote the page: names from JSON-LD, meta tags, or the byline."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from pipeline.stages.extract.head import Head
from pipeline.stages.extract.linked_data import LinkedArticle

MAX_AUTHORS = 10
MAX_NAME = 80
MAX_ELEMENTS = 20_000
_BY = re.compile(
    r"^(?:(?:written|posted|published|reported|story|words|text|article)\s+)?(?:by|von|par|por|di)\b[\s:]*",
    re.IGNORECASE,
)
_AND = re.compile(r"\s*(?:,|;|\||\s/\s|&|\band\b|\bund\b|\bet\b|\by\b)\s*", re.IGNORECASE)
_ADDRESS = re.compile(r"https?:|www\.|@|\.(?:com|org|net)\b", re.IGNORECASE)
_MARK = re.compile(r"(?:^|[\s_-])(?:author|byline|by-line|writer)(?:s|-?name|__name|_name)?(?:$|\s)", re.IGNORECASE)
_SIGNED = re.compile(r"[(\[]?\s*(?:Reporting|Reported|Writing|Written) by ([A-Z][^;.()\[\]]{2,200})")
_PLACE = re.compile(r"\s+in\s+(?:the\s+)?[A-Z][\w'’.-]*(?:\s+[A-Z][\w'’.-]*){0,3}")
_NO_NAME = re.compile(
    r"\d|\b(?:admin|administrator|author|editor in|staff only|unknown|posted|published|updated|minutes?|read more|"
    r"share|follow|view all|more posts|about the|january|february|march|april|june|july|august|september|october|"
    r"november|december)\b",
    re.IGNORECASE,
)


def author_names(tree: Any, head: Head, article: LinkedArticle) -> tuple[str, ...]:
    """Names in the order of the page, at most ``MAX_AUTHORS``; empty when none is stated."""
    for stated in (
        article.authors,
        (
            head.first(
                "author",
                "article:author",
                "dc.creator",
                "parsely-author",
                "sailthru.author",
                "byl",
                "twitter:creator_name",
            ),
        ),
    ):
        if names := _names(stated):
            return names
    return _names(_bylines(tree))


def signed_by(lines: Iterable[str]) -> tuple[str, ...]:
    """Who reported a story, by an agency's sign-off ("Reporting by …; editing by …") among its last lines."""
    found = (_SIGNED.match(line) for line in lines)
    return next((names for signed in found if signed and (names := _names((_PLACE.sub("", signed[1]),)))), ())


def _names(stated: tuple[str, ...]) -> tuple[str, ...]:
    names: dict[str, str] = {}
    for text in stated:
        for name in _AND.split(_BY.sub("", " ".join(text.split()))):
            if _is_name(name):
                names.setdefault(name.casefold(), name)
    return tuple(names.values())[:MAX_AUTHORS]


def _is_name(text: str) -> bool:
    return (
        1 < len(text) <= MAX_NAME
        and len(text.split()) <= 6
        and any(letter.isalpha() for letter in text)
        and not _ADDRESS.search(text)
        and not _NO_NAME.search(text)
    )


def _bylines(tree: Any) -> tuple[str, ...]:
    """The first element that is marked as the author's name, and its neighbours of the same kind."""
    for number, element in enumerate(tree.iter("a", "span", "div", "p", "address", "li", "strong")):
        if number >= MAX_ELEMENTS:
            break
        if _is_marked(element):
            text = " ".join(" ".join(element.itertext()).split())
            if len(text) <= 2 * MAX_NAME and _names((text,)):
                return (text,)
    return ()


def _is_marked(element: Any) -> bool:
    relation, kind, classes = element.get("rel"), element.get("itemprop"), element.get("class")
    if (relation and "author" in relation.split()) or (kind and "author" in kind.split()):
        return True
    return classes is not None and _names_author(classes)


@lru_cache(maxsize=5000)
def _names_author(classes: str) -> bool:
    return _MARK.search(classes) is not None
