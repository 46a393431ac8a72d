"""Hits of a search for programs, spreadsheets and people."""

import csv
import sys
from typing import TYPE_CHECKING, Any

from pipeline.adapters.search_index.records import MARK_END, MARK_START, SearchHit, SearchResult
from pipeline.cli.console import plain

if TYPE_CHECKING:
    from rich.text import Text

COLUMNS = (
    "id",
    "score",
    "@timestamp",
    "published_at",
    "source",
    "sources",
    "title",
    "url",
    "language",
    "authors",
    "topics",
    "copy_of",
    "summary",
)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
INDENT = 4


def as_row(hit: SearchHit) -> dict[str, Any]:
    """The document's fields with ``id``, ``score`` and ``highlights`` (plain text, the title's first)."""
    return hit.document | {"id": hit.id, "score": hit.score, "highlights": [found.plain for found in hit.highlights]}


def print_csv(result: SearchResult) -> None:
    """RFC 4180 with a header line; several values in one cell are parted by a semicolon."""
    writer = csv.writer(sys.stdout)
    writer.writerow(COLUMNS)
    for hit in result.hits:
        row = as_row(hit)
        writer.writerow([_cell(row.get(column)) for column in COLUMNS])


def _cell(value: Any) -> str | float:
    """A spreadsheet takes a cell that begins like a formula for one, wherever the text came from: it gets a quote."""
    if value is None:
        return ""
    if isinstance(value, (int, float)):
        return value
    text = plain("; ".join(value) if isinstance(value, list) else str(value))
    return f"'{text}" if text.lstrip().startswith(FORMULA_STARTS) else text


def print_table(result: SearchResult, *, best_first: bool) -> None:
    """Each hit on a few lines: title, facts, snippets, URL; matched words stand out on a terminal."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    terminal = Console(file=sys.stdout, highlight=False, soft_wrap=False)
    terminal.print(Text(_summary(result, best_first=best_first)))
    for number, hit in enumerate(result.hits, start=1):
        title, snippets = _marked(hit)
        terminal.print()
        heading = Table.grid()
        heading.add_column(width=INDENT)
        heading.add_row(f"{number:>2}.", title)
        terminal.print(heading)
        terminal.print(Padding(Text(_facts(hit), style="dim"), (0, 0, 0, INDENT)))
        for snippet in snippets:
            terminal.print(Padding(snippet, (0, 0, 0, INDENT)))
        # A URL broken over two lines can be neither clicked nor copied.
        terminal.print(Text(" " * INDENT + plain(hit.document["url"]), style="blue"), soft_wrap=True)


def _summary(result: SearchResult, *, best_first: bool) -> str:
    if not result.total:
        return "No story matches."
    stories = "1 story" if result.total == 1 else f"{result.total:,} stories"
    shown = "" if len(result.hits) == result.total else f", {len(result.hits)} shown (--size)"
    return f"{stories} found{shown}, {'best' if best_first else 'newest'} first"


def _facts(hit: SearchHit) -> str:
    document = hit.document
    facts = [document["@timestamp"], ", ".join(document["sources"])]
    facts += [f"{topic} {document['topic_scores'].get(topic, 0):.2f}" for topic in document["topics"]]
    facts += [f"copy of {document['copy_of']}"] if "copy_of" in document else []
    return plain(" · ".join(facts))


def _marked(hit: SearchHit) -> "tuple[Text, list[Text]]":
    """The title, and the snippets of the text: its summary where no word of it matched."""
    from rich.text import Text

    titles = [found.marked for found in hit.highlights if found.field == "title"]
    snippets = [_styled(f"… {found.marked} …") for found in hit.highlights if found.field == "text"]
    title = _styled(titles[0] if titles else hit.document["title"])
    title.stylize("bold")
    return title, snippets or [Text(plain(hit.document.get("summary", "")))]


def _styled(marked: str) -> "Text":
    from rich.text import Text

    text = Text()
    for number, piece in enumerate(marked.split(MARK_START)):
        matched, end, rest = piece.partition(MARK_END) if number else ("", "", piece)
        text.append(plain(matched), style="bold yellow" if end else "")
        text.append(plain(rest))
    return text
