"""``sitrep search``: ask the index."""

from typing import Annotated, Literal

import typer

from pipeline.cli import console
from pipeline.errors import ConfigError

EXAMPLES = """
[bold]Examples[/bold]

  sitrep search rockets                  (any form of the word; best first)

  sitrep search '"cease fire" -drill'    (this very phrase, without the word drill)

  sitrep search --topic israel-hezbollah --since 2024-10-01T00:00:00Z        (newest first)

  sitrep search border --source example-defence --format csv > border.csv

A QUERY of several words asks for all of them; | is or, - is not, * ends a word's beginning, ( ) group.
A QUERY that begins with - follows after --.
"""
LONGEST_QUERY = 2000

Format = Literal["table", "csv", "ndjson"]


def register(app: typer.Typer) -> None:
    app.command(epilog=EXAMPLES)(search)


def search(
    query: Annotated[
        list[str] | None, typer.Argument(metavar="[QUERY]", help="Words and phrases to find.", show_default=False)
    ] = None,
    topic: Annotated[str | None, typer.Option(help="Only stories tagged with this topic.", show_default=False)] = None,
    source: Annotated[str | None, typer.Option(help="Only stories this feed brought.", show_default=False)] = None,
    since: Annotated[
        str | None, typer.Option(help="Not before this time (ISO 8601 with a zone).", show_default=False)
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="Not after this time (ISO 8601 with a zone).", show_default=False)
    ] = None,
    size: Annotated[int, typer.Option(min=1, max=10_000, help="How many hits to show.")] = 10,
    copies: Annotated[bool, typer.Option("--copies", help="Show copies of a story too.")] = False,
    format: Annotated[
        Format | None, typer.Option(help="How to print hits (default: table).", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print total and hits as one JSON object.")] = False,
) -> None:
    """Search the index: best first, or newest first without QUERY."""
    if as_json and format is not None:
        raise ConfigError(["--json and --format: give one of them"])
    from pipeline.adapters.search_index.records import SearchQuery
    from pipeline.flows.search import search as flow
    from pipeline.settings import load_settings

    asked = SearchQuery(
        text=_text(query),
        topic=topic,
        source=source,
        since=console.moment(since, "--since") if since is not None else None,
        until=console.moment(until, "--until") if until is not None else None,
        size=size,
        copies=copies,
        with_text=as_json or format == "ndjson",
    )
    if asked.since and asked.until and asked.since > asked.until:
        raise ConfigError(["--since lies after --until"])
    result = flow(load_settings(), asked, console.say)
    from pipeline.cli import hits

    if as_json:
        console.answer_json({"total": result.total, "hits": [hits.as_row(hit) for hit in result.hits]})
    elif format == "ndjson":
        for hit in result.hits:
            console.answer_json(hits.as_row(hit))
    elif format == "csv":
        hits.print_csv(result)
    else:
        hits.print_table(result, best_first=bool(asked.text))


def _text(words: list[str] | None) -> str:
    text = " ".join(words or ()).strip()
    if len(text) > LONGEST_QUERY:
        raise ConfigError([f"QUERY is {len(text)} characters long, the most is {LONGEST_QUERY}"])
    return text
