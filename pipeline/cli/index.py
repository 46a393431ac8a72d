"""``sitrep reindex``."""

import sys
from dataclasses import asdict
from typing import Annotated

import typer

from pipeline.cli import console

EXAMPLES = """
[bold]Example[/bold]

  sitrep reindex        (after an upgrade, or when the index is lost; rounds may go on meanwhile)
"""


def register(app: typer.Typer) -> None:
    app.command(epilog=EXAMPLES)(reindex)


def reindex(
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")] = False,
) -> None:
    """Build a fresh index from the ledger and switch to it in one step. Exit 3: some stories still wait."""
    from pipeline.cli.progress import watching
    from pipeline.flows import reindex as flow
    from pipeline.settings import load_settings

    with watching(("stories",)) as watch:
        done = flow.reindex(load_settings(), console.say, watch)
    if as_json:
        console.answer_json(asdict(done))
    else:
        print(f"{done.index} holds {done.documents} stories and is in use; {done.caught_up} changed meanwhile")
        if done.refused:
            print(f"{done.refused} refused by the index: sitrep explain tells why")
    if done.waiting:
        console.say(f"{done.waiting} stories wait for the index; sent by the next round or by: sitrep deliver")
        sys.exit(3)
