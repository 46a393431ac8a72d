"""What the head of a page says: its ``<meta>`` tags, its canonical address, its ``<title>``, its language."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

MAX_TAGS = 500
MAX_VALUE = 2000


@dataclass(frozen=True, slots=True)
class Head:
    """``meta``: the first value under each name, property or itemprop, names in lower case."""

    meta: dict[str, str] = field(default_factory=dict)
    canonical_url: str | None = None
    title: str = ""
    language: str = ""

    def first(self, *names: str) -> str:
        """The value of the first of ``names`` that has one."""
        return next((self.meta[name] for name in names if self.meta.get(name)), "")


def read_head(tree: Any, url: str) -> Head:
    """``url`` is the page's own, for relative addresses."""
    title = tree.find(".//title")
    return Head(
        meta=_meta(tree),
        canonical_url=_canonical(tree, url),
        title=" ".join((title.text or "")[:MAX_VALUE].split()) if title is not None else "",
        language=tree.get("lang") or tree.get("xml:lang") or "",
    )


def _meta(tree: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, tag in enumerate(tree.iter("meta")):
        if number >= MAX_TAGS:
            break
        value = " ".join((tag.get("content") or "")[:MAX_VALUE].split())
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            name = (tag.get(attribute) or "").strip().lower()
            if name and value:
                found.setdefault(name, value)
    return found


def _canonical(tree: Any, url: str) -> str | None:
    """The address as stated; whether it is believed is decided elsewhere."""
    for number, link in enumerate(tree.iter("link")):
        if number >= MAX_TAGS:
            break
        address = (link.get("href") or "").strip()
        if "canonical" in (link.get("rel") or "").lower().split() and 0 < len(address) <= MAX_VALUE:
            try:
                return str(urljoin(url, address))
            except ValueError:
                return None
    return None
