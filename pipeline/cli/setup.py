"""``sitrep setup``: templates, indices, aliases, roles and API keys in Elasticsearch; boards and a role in Kibana."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli import console

EXAMPLES = """
[bold]Examples[/bold]

  sitrep setup

  SITREP_ELASTICSEARCH_URL=https://search.example.org:9200 SITREP_INDEX=defence sitrep setup --json

  sitrep setup --wait 300 --keys /run/sitrep-keys
"""


def register(app: typer.Typer) -> None:
    app.command(epilog=EXAMPLES)(setup)


def setup(
    wait: Annotated[
        float, typer.Option(min=0, max=3600, metavar="SECONDS", help="How long to wait for servers that are starting.")
    ] = 0,
    keys: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Keep API keys of the roles sitrep-writer and sitrep-reader in the files 'writer' and 'reader' here.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the changes as one JSON object.")] = False,
) -> None:
    """Create or update what Sitrep needs in Elasticsearch and Kibana; safe to repeat, touches nobody else's things."""
    from pipeline.flows.setup import setup as flow
    from pipeline.settings import load_settings

    changed = flow(load_settings(), console.say, wait=wait, keys=keys)
    if as_json:
        console.answer_json({"changed": changed})
    else:
        print("\n".join(changed) or "all is as it should be; nothing changed")
