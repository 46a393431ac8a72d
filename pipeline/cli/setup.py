"""``sitrep setup``: templates, indices and aliases in Elasticsearch."""

from typing import Annotated

import typer

from pipeline.cli import console

EXAMPLES = """
[bold]Examples[/bold]

  sitrep setup

  SITREP_ELASTICSEARCH_URL=https://search.example.org:9200 SITREP_INDEX=defence sitrep setup --json
"""


def register(app: typer.Typer) -> None:
    app.command(epilog=EXAMPLES)(setup)


def setup(
    as_json: Annotated[bool, typer.Option("--json", help="Print the changes as one JSON object.")] = False,
) -> None:
    """Create or update what Sitrep needs in Elasticsearch; safe to repeat, nobody else's things are touched."""
    from pipeline.flows.setup import setup as flow
    from pipeline.settings import load_settings

    changed = flow(load_settings(), console.say)
    if as_json:
        console.answer_json({"changed": changed})
    else:
        print("\n".join(changed) or "all is as it should be; nothing changed")
