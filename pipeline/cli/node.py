"""``sitrep node start|stop|status``: the local Elasticsearch."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli import console

if TYPE_CHECKING:
    from pipeline.adapters.local_node import LocalNode, NodeStatus
    from pipeline.settings import Settings

EXAMPLES = """
[bold]Examples[/bold]

  sitrep node start

  sitrep node status --json

  sitrep node stop
"""
Json = Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")]


def register(app: typer.Typer) -> None:
    commands = typer.Typer(
        help="The local Elasticsearch: started by whatever needs it, left running until stopped.",
        no_args_is_help=True,
        epilog=EXAMPLES,
    )
    commands.command(epilog=EXAMPLES)(start)
    commands.command(epilog=EXAMPLES)(stop)
    commands.command(epilog=EXAMPLES)(status)
    app.add_typer(commands, name="node")


def start(as_json: Json = False) -> None:
    """Start the local Elasticsearch unless it runs; the first time it is downloaded (100 MB)."""
    settings, node = _node()
    node.ensure(console.say)
    if settings.elasticsearch_url:
        console.say("note: SITREP_ELASTICSEARCH_URL is set, so other commands use that server, not this node")
    _show(node.status(), as_json)


def stop(as_json: Json = False) -> None:
    """Stop the local Elasticsearch; what is in it stays on disk."""
    stopped = _node()[1].stop()
    if as_json:
        console.answer_json({"stopped": stopped})
    else:
        print("stopped" if stopped else "was not running")


def status(as_json: Json = False) -> None:
    """Show whether the local Elasticsearch runs, where it answers and what it takes on disk."""
    _show(_node()[1].status(), as_json)


def _node() -> "tuple[Settings, LocalNode]":
    from pipeline.adapters.local_node import LocalNode
    from pipeline.settings import load_settings

    settings = load_settings()
    return settings, LocalNode(settings.home, settings.cache)


def _show(found: "NodeStatus", as_json: bool) -> None:
    rows: dict[str, Any] = {
        "state": found.state,
        "url": found.url,
        "pid": found.pid,
        "version": found.version,
        "data_bytes": found.data_bytes,
        "data": str(found.data),
        "log": str(found.log),
    }
    if as_json:
        console.answer_json(rows)
        return
    shown = rows | {"data_bytes": None, "data": f"{found.data} ({found.data_bytes / 1e6:.1f} MB)"}
    for name, value in shown.items():
        if value is not None:
            print(f"{name:<8} {value}")
