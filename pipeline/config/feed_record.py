"""One more feed in the text of a feed list, everything else left as its author wrote it."""

import re
import textwrap
from collections.abc import Collection, Iterator, Mapping
from urllib.parse import urlsplit

import yaml

EMPTY_LIST = re.compile(r"^feeds:[ \t]*(?:\[[ \t]*\]|~|null)?[ \t]*(#[^\r\n]*)?$", re.MULTILINE)
KEY = re.compile(r"^feeds:", re.MULTILINE)
ITEM = re.compile(r"^( *)- ", re.MULTILINE)
GAP = re.compile(r"\n[ \t]*\r?\n *- ")
LONGEST_ID = 40


def record(row: Mapping[str, str]) -> str:
    """The row as a list item in YAML, lines ended by ``\\n``."""
    text: str = yaml.safe_dump([dict(row)], sort_keys=False, allow_unicode=True, width=100_000)
    return text


def with_record(text: str, row: Mapping[str, str]) -> Iterator[str]:
    """Texts that may be the list with ``row`` as its last feed, the likeliest first; parse one before it is used."""
    ending = "\r\n" if "\r\n" in text else "\n"
    if text and text[-1] != "\n":
        text += ending
    if not KEY.search(text):
        text += f"feeds:{ending}"
    if not ITEM.search(text):
        text = EMPTY_LIST.sub(lambda found: f"feeds: {found[1] or ''}".rstrip(), text, count=1)
    indents = [found[1] for found in ITEM.finditer(text)]
    gap = "\n" if GAP.search(text) else ""
    for indent in dict.fromkeys((min(indents, key=len, default="  "), "  ", "")):
        added = gap + textwrap.indent(record(row), indent)
        yield text + added.replace("\n", ending)


def same_address(one: str, other: str) -> bool:
    """Do two addresses mean the same feed? The scheme, a ``www.``, a stroke at the end and a fragment do not count."""
    return _address(one) == _address(other)


def _address(url: str) -> tuple[str, str, str]:
    parts = urlsplit(url.strip())
    return parts.netloc.lower().removeprefix("www."), parts.path.rstrip("/"), parts.query


def free_id(title: str, url: str, taken: Collection[str]) -> str:
    """An id for a new feed, from its title where that makes a short slug, else from its host."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    slug = _slug(title)
    name = slug if 3 <= len(slug) <= LONGEST_ID else _slug(host)[:LONGEST_ID].strip("-") or "feed"
    numbered = (f"{name}-{number}" for number in range(2, len(taken) + 3))
    return next(candidate for candidate in (name, *numbered) if candidate not in taken)


def _slug(text: str) -> str:
    """Empty for a text in letters that a slug cannot have: half of a name says nothing."""
    if any(char.isalpha() and not char.isascii() for char in text):
        return ""
    return re.sub(r"[^a-z0-9]+", "-", text.lower().replace("'", "")).strip("-")
