"""``sitrep reprocess``."""

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli import console

if TYPE_CHECKING:
    from pipeline.flows.reprocess import Reprocessed

EXAMPLES = """
[bold]Examples[/bold]

  sitrep reprocess --dry-run        (what would today's rules change?)

  sitrep reprocess --since 2024-10-01T00:00:00Z
"""
SHOWN_LOST = 10
LINE = 100


def register(app: typer.Typer) -> None:
    app.command(epilog=EXAMPLES)(reprocess)


def reprocess(
    since: Annotated[
        str | None,
        typer.Option(help="Only stories changed then or later, ISO 8601 with a zone.", show_default=False),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; show what would change.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")] = False,
) -> None:
    """Run today's cleaning and tagging over the archived pages, without the network. Exit 3: not all delivered."""
    from pipeline.cli.progress import watching
    from pipeline.flows import reprocess as flow
    from pipeline.settings import load_settings

    moment = console.moment(since, "--since") if since is not None else None
    settings = load_settings()
    with watching(("stories",)) as watch:
        done = flow.reprocess(settings, console.say, since=moment, dry_run=dry_run, watch=watch)
    if as_json:
        console.answer_json(asdict(done))
    else:
        _show(done)
    if done.waiting:
        console.say(f"{done.waiting} stories wait for the index; sent by the next round or by: sitrep deliver")
        sys.exit(3)


def _counted(taken: int, given_back: int) -> str:
    parts = [f"{taken} more lines go" if taken else "", f"{given_back} lines come back" if given_back else ""]
    return ", ".join(part for part in parts if part)


def _show(done: "Reprocessed") -> None:
    if not done.looked:
        print("Every story was told under today's rules: nothing to do.")
        return
    would = "would change" if done.dry_run else "changed"
    print(
        f"{done.looked} stories looked at: {done.unchanged} unchanged, {done.changed} {would} "
        f"({done.new_versions} in their text), {len(done.lost)} could not be told again"
    )
    for topic in sorted({*done.entered, *done.left}):
        print(f"topic {topic}: {done.entered[topic]} stories entered, {done.left[topic]} left")
    for rule, effect in sorted(done.rules.items(), key=lambda pair: -pair[1].stories):
        print(f"\n{rule}: {_counted(effect.taken, effect.given_back)} in {effect.stories} stories")
        for line in effect.samples:
            print(f"  {console.plain(line)[:LINE]}")
    for sample in done.samples:
        print(f"\n{console.plain(sample.title)}\n  {console.plain(sample.url)}")
        if sample.topics:
            before, after = (", ".join(topics) or "none" for topics in sample.topics)
            print(f"  topics: {before} -> {after}")
        for line in sample.lines:
            print(f"  {console.plain(line)[:LINE]}")
    for where, reason in done.lost[:SHOWN_LOST]:
        print(f"lost: {console.plain(where)} ({console.plain(reason)})")
    if len(done.lost) > SHOWN_LOST:
        print(f"… and {len(done.lost) - SHOWN_LOST} more (--json shows all)")
