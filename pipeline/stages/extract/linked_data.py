"""What a page says about its article in JSON-LD (schema.org): the node, and its fields in plain form."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any

ARTICLE = re.compile(
    r"(?:\w*Article|\w*BlogPosting|\w*NewsArticle|Report|Review|Blog|SocialMediaPosting|DiscussionForumPosting)"
)
MAX_SCRIPTS, MAX_SCRIPT, MAX_NODES = 30, 3_000_000, 2000
_WRAPPING = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[)|(?:-->|//\s*\]\]>|\]\]>)\s*;?\s*$"
)
_BREAK = re.compile(r"<(?:br|/p|/div|/h[1-6]|/li)\b[^>]{0,200}>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z][^<>]{0,2000}>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LinkedArticle:
    """The first article of a page's JSON-LD; what it leaves out is empty."""

    headline: str = ""
    published: str = ""
    authors: tuple[str, ...] = ()
    publisher: str = ""
    language: str = ""
    body: str = ""


def linked_article(scripts: list[Any]) -> LinkedArticle:
    """The article in the ``<script>`` elements of a page. Broken JSON counts as none."""
    nodes = list(_nodes(scripts))
    articles = [node for node in nodes if _is_article(node)]
    article = next((node for node in articles if node.get("headline") or node.get("datePublished")), None)
    if article is None:
        article = articles[0] if articles else {}
    by_id = {node["@id"]: node for node in nodes if isinstance(node.get("@id"), str) and "name" in node}
    return LinkedArticle(
        headline=_words(article.get("headline") or article.get("name")),
        published=_words(article.get("datePublished")),
        authors=_names(article.get("author"), by_id) or _names(article.get("creator"), by_id),
        publisher=next(iter(_names(article.get("publisher"), by_id)), ""),
        language=_words(article.get("inLanguage")),
        body=max((_body(node.get("articleBody")) for node in articles), key=len, default=""),
    )


def _nodes(scripts: list[Any]) -> Iterator[dict[str, Any]]:
    """All objects of all scripts, outer ones first, up to ``MAX_NODES``."""
    waiting: list[Any] = []
    for number, script in enumerate(scripts):
        if number >= 10 * MAX_SCRIPTS or len(waiting) >= MAX_SCRIPTS:
            break
        if "ld+json" in (script.get("type") or "").lower():
            waiting.append(_parsed(script.text or ""))
    seen = 0
    while waiting and seen < MAX_NODES:
        value = waiting.pop(0)
        if isinstance(value, list):
            waiting += value[:MAX_NODES]
        elif isinstance(value, dict):
            seen += 1
            yield value
            waiting += [
                value[key] for key in ("@graph", "mainEntity", "mainEntityOfPage", "itemListElement") if key in value
            ]


def _parsed(script: str) -> Any:
    """The script's value. ``strict=False``: pages put raw line breaks into strings."""
    if len(script) > MAX_SCRIPT:
        return None
    try:
        return json.loads(_WRAPPING.sub("", script), strict=False)
    except (ValueError, RecursionError):
        return None


def _is_article(node: dict[str, Any]) -> bool:
    kinds = node.get("@type")
    return any(
        isinstance(kind, str) and ARTICLE.fullmatch(kind.rpartition("/")[2])
        for kind in (kinds if isinstance(kinds, list) else [kinds])
    )


def _words(value: Any) -> str:
    """Text of one line; a list stands for its first member."""
    if isinstance(value, list):
        value = value[0] if value else ""
    return " ".join(unescape(value).split()) if isinstance(value, str) else ""


def _names(value: Any, by_id: dict[str, dict[str, Any]]) -> tuple[str, ...]:
    """Names of people or organisations: texts, objects, references to other nodes, or lists of them."""
    names: list[str] = []
    for person in value[:20] if isinstance(value, list) else [value]:
        if isinstance(person, dict):
            reference = person.get("@id")
            known = by_id.get(reference, {}) if isinstance(reference, str) else {}
            person = person.get("name") or known.get("name")
        names += [name for part in (person if isinstance(person, list) else [person]) if (name := _words(part))]
    return tuple(names)


def _body(value: Any) -> str:
    """``articleBody`` as lines of plain text; some sites put markup into it, some of these escape it once more."""
    if not isinstance(value, str):
        return ""
    text = unescape(value)
    if "<" in text:
        text = unescape(_TAG.sub("", _BREAK.sub("\n", text)))
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)
