"""What the head of a page says: its ``<meta>`` tags, its canonical address, its ``<title>``, its language."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

TELLING = ("title", "meta", "link", "script", "h1")
Tellers = dict[str, list[Any]]
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


def tellers(tree: Any) -> Tellers:
    """The elements in which a page tells about itself, by their tags, in order: one pass through the tree for all."""
    found: Tellers = {tag: [] for tag in TELLING}
    for element in tree.iter(*TELLING):
        found[element.tag].append(element)
    return found


def read_head(root: Any, told: Tellers, url: str) -> Head:
    """``told``: the page's ``tellers``. ``url`` is the page's own, for relative addresses."""
    title = next((title.text or "" for title in told["title"]), "")
    return Head(
        meta=_meta(told["meta"][:MAX_TAGS]),
        canonical_url=_canonical(told["link"][:MAX_TAGS], url),
        title=" ".join(title[:MAX_VALUE].split()),
        language=root.get("lang") or root.get("xml:lang") or "",
    )


def _meta(tags: list[Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for tag in tags:
        value = " ".join((tag.get("content") or "")[:MAX_VALUE].split())
        if not value:
            continue
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            if name := (tag.get(attribute) or "").strip().lower():
                found.setdefault(name, value)
    return found


def _canonical(links: list[Any], url: str) -> str | None:
    """The address as stated; whether it is believed is decided elsewhere."""
    for link in links:
        address = (link.get("href") or "").strip()
        if "canonical" in (link.get("rel") or "").lower().split() and 0 < len(address) <= MAX_VALUE:
            try:
                return str(urljoin(url, address))
            except ValueError:
                return None
    return None
