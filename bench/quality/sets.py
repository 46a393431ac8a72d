"""Public sets of article pages with what people marked in them, read from a folder outside the repository."""

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList


@dataclass(frozen=True, slots=True)
class GoldPage:
    """A page and its gold: the whole ``text``, or (where ``text`` is None) pieces that must and must not appear."""

    set: str
    id: str
    url: str
    file: Path
    text: str | None
    wanted: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()

    def html(self) -> bytes:
        return gzip.decompress(self.file.read_bytes())

    def site(self) -> str:
        """The registrable domain: pages of one site never stand on both sides of a split."""
        return _domain_of(self.url) or self.id


def half_of(site: str, parts: int = 2, seed: int = 7) -> int:
    """The part, 0 … ``parts`` - 1, that a site falls into; the same whenever it is asked."""
    return int(hashlib.sha256(f"{seed} {site}".encode()).hexdigest(), 16) % parts


def read_sets(data: Path) -> tuple[GoldPage, ...]:
    """The pages of every set found below ``data``, in order of set and id; a page without a file is left out."""
    pages = (page for name, read in READERS.items() if (data / name).is_dir() for page in read(data / name))
    return tuple(page for page in pages if page.file.is_file())


def _zyte(folder: Path) -> Iterator[GoldPage]:
    for name, row in sorted(_json(folder / "ground-truth.json").items()):
        yield GoldPage(folder.name, name, row.get("url") or "", _file(folder, f"{name}.html"), row["articleBody"] or "")


def _newspaper4k(folder: Path) -> Iterator[GoldPage]:
    doubtful = folder / "suspect-gold-ids.json"
    skipped = set(_json(doubtful)) if doubtful.is_file() else set()
    for name, row in sorted(_json(folder / "articles.json").items()):
        if name not in skipped:
            yield GoldPage(folder.name, name, row["url"], _file(folder, f"{name}.html"), row["articleBody"] or "")


def _wcxb(folder: Path) -> Iterator[GoldPage]:
    for gold in sorted(folder.glob("*/ground-truth.jsonl")):
        for line in gold.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            yield GoldPage(
                folder.name, row["id"], row["url"], _file(gold.parent, f"{row['id']}.html"), row["main_content"] or ""
            )


def _trafilatura(folder: Path) -> Iterator[GoldPage]:
    for url, row in sorted(_json(folder / "evaldata.json").items()):
        yield GoldPage(
            folder.name, row["file"], url, _file(folder, row["file"]), None, tuple(row["with"]), tuple(row["without"])
        )


READERS: dict[str, Callable[[Path], Iterator[GoldPage]]] = {
    "zyte-article-extraction": _zyte,
    "newspaper4k-articles": _newspaper4k,
    "wcxb-articles": _wcxb,
    "trafilatura-eval": _trafilatura,
}


def _file(folder: Path, name: str) -> Path:
    return folder / "html" / f"{name}.gz"


def _json(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


def _domain_of(url: str) -> str:
    """Whose the host is; its last label, or the address, where that ends with no known suffix."""
    host = urlsplit(url if "//" in url else f"//{url}").hostname or ""
    return _suffixes().privatesuffix(host) or (host if host.replace(".", "").isdigit() else host.rpartition(".")[2])


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False, only_icann=True)
