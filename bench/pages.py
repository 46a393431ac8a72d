"""Real article pages from a data folder that lies outside the repository: three public sets, read where they are."""

import gzip
import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HEADLINE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class RealPage:
    """One page: ``file`` holds its gzipped bytes, ``text`` is the story as people marked it."""

    set: str
    id: str
    file: Path
    text: str

    @property
    def path(self) -> str:
        """Where the newsroom serves it."""
        return f"/{self.set}/{self.id}.html"

    def headline(self) -> str:
        """What the page has as its title, for the feed."""
        found = HEADLINE.search(gzip.decompress(self.file.read_bytes()).decode("utf-8", "replace"))
        return " ".join(html.unescape(found[1]).split()) if found else self.id


def read_pages(data: Path) -> tuple[RealPage, ...]:
    """Every page of the sets found below ``data``; a set that is not there is left out."""
    return (*_zyte(data), *_newspaper4k(data), *_wcxb(data))


def _zyte(data: Path) -> Iterator[RealPage]:
    folder = data / "zyte-article-extraction"
    for name, row in _json(folder / "ground-truth.json").items():
        yield from _page(folder, "zyte", name, row["articleBody"])


def _newspaper4k(data: Path) -> Iterator[RealPage]:
    folder = data / "newspaper4k-articles"
    for name, row in _json(folder / "articles.json").items():
        yield from _page(folder, "newspaper4k", name, row["articleBody"])


def _wcxb(data: Path) -> Iterator[RealPage]:
    folder = data / "wcxb-articles" / "dev"
    file = folder / "ground-truth.jsonl"
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else ():
        row = json.loads(line)
        yield from _page(folder, "wcxb", row["id"], row["main_content"])


def _json(file: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return loaded


def _page(folder: Path, name: str, page_id: str, text: str | None) -> Iterator[RealPage]:
    """``text`` is None where people found no story on the page."""
    file = folder / "html" / f"{page_id}.html.gz"
    if file.exists():
        yield RealPage(name, page_id, file, text or "")
