"""Pages built to be slow beside real ones: what one of them costs, and whether the others are told all the same."""

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bench.home import SITREP, environment_of
from bench.newsroom import desks_of, open_newsroom, write_feed_list
from bench.pages import RealPage
from bench.speed.goals import Goal, Row
from bench.speed.newsroom import FEEDS, answer
from pipeline.adapters.ledger import stories
from pipeline.adapters.ledger.database import Ledger
from pipeline.adapters.workers import CPU_LIMIT
from pipeline.settings import Settings

SET = "hostile"
HEAD = "<html><head><title>A page that takes its time</title></head><body><article><h1>A page</h1>"
SENTENCE = "The ministry said on Monday that the harbour would stay closed until further notice. "


def rows(pages: Sequence[RealPage], folder: Path) -> Iterator[Row]:
    """A round over ``pages`` alone, and one with the traps among them. State goes below ``folder``."""
    folder.mkdir()
    traps = tuple(_written(folder, name, text) for name, text in traps_of().items())
    alone, without, _ = _round(pages, folder / "alone")
    beside, cost, refused = _round((*pages, *traps), folder / "beside")
    each = (cost - without) / len(traps)
    detail = (
        f"{each:.2f} s CPU each of {len(traps)}; {len(refused)} met a limit: {', '.join(sorted(refused)) or 'none'}"
    )
    yield Row("a hostile page, CPU, in time limits of one page", each / CPU_LIMIT, "x", Goal(1.1, 0.5), detail)
    detail = f"{beside} stories beside the traps, {alone} without"
    yield Row("stories of real pages beside hostile ones", beside / alone, "x", Goal(1, 1, more=True), detail)


def traps_of() -> Mapping[str, str]:
    """HTML by the name of what is wrong with it. None is larger than a page may be, so that all of it is looked at."""
    return {
        "deep": HEAD + "<div>" * 90_000 + SENTENCE + "</div>" * 90_000,
        "deep-inline": HEAD + "<p>" + "<b><i>" * 40_000 + SENTENCE,
        "table": HEAD + "<table><tr>" + f"<td>{SENTENCE}</td>" * 45_000 + "</tr></table>",
        "lines": HEAD + f"<p>{SENTENCE}</p>" * 60_000,
        "links": HEAD + "".join(f"<p><a href=/{n}>Read more of story {n}</a></p>" for n in range(45_000)),
        "names": HEAD + "".join(f"<div class='c{n} share-{n} x-{n * 7}'>{SENTENCE}</div>" for n in range(60_000)),
        "one-word": HEAD + "<p>" + "a" * 8_000_000,
        "blanks": HEAD + "<p>" + " \n" * 5_000_000 + SENTENCE,
        "entities": HEAD + "<p>" + "&#1488;&amp;&nbsp;" * 500_000,
        "dates": HEAD + "<p>" + "11/11/1111 1111-11-11T11:11 " * 100_000,
        "rules": HEAD + "<p>" + "</p><p>".join(["read more: by (photo) | " * 18] * 9_000),
        "linked-data": HEAD + "<script type='application/ld+json'>" + "[" * 900_000 + "</script>" + SENTENCE * 20,
        "linked-text": HEAD + f"<script type='application/ld+json'>{_article()}</script>",
        "comments": HEAD + "<!--" * 500_000 + SENTENCE * 20,
        "attributes": HEAD + "<p " + " ".join(f"a{n}=b" for n in range(400_000)) + f">{SENTENCE * 20}</p>",
    }


def _article() -> str:
    return json.dumps({"@type": "NewsArticle", "headline": "A page", "articleBody": "<<br" * 700_000})


def _written(folder: Path, name: str, text: str) -> RealPage:
    file = folder / f"{name}.html.gz"
    file.write_bytes(gzip.compress(text.encode(), 1))
    return RealPage(SET, name, file, "")


def _round(pages: Sequence[RealPage], folder: Path) -> tuple[int, float, set[str]]:
    """Stories of real pages, CPU seconds, and the traps that ended a worker."""
    folder.mkdir()
    environment = environment_of(folder, "hostile")
    desks = desks_of(pages, FEEDS)
    with open_newsroom(desks) as port:
        write_feed_list(desks, port, folder / "feeds.yaml")
        report, cost = answer([SITREP, "ingest", "--no-deliver", "--json"], environment)
    refused = {_name(problem["url"]) for problem in report["problems"] if problem["kind"] == "text_work"}
    return _real_stories(folder / "home"), cost.cpu, refused


def _real_stories(home: Path) -> int:
    with Ledger(Settings(home=home).ledger_url) as ledger, ledger.read() as connection:
        found = stories.page_after(connection, "", 1_000_000)
    return sum(f"/{SET}/" not in story.url for story in found)


def _name(url: str) -> str:
    return url.rpartition("/")[2].removesuffix(".html")
