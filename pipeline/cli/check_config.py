"""``sitrep check-config``: every mistake in every configuration file and in the environment at once."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli import console

if TYPE_CHECKING:
    from pipeline.flows.check_config import Findings

EXAMPLES = """
[bold]Examples[/bold]

  sitrep check-config

  SITREP_FEEDS=my-feeds.yaml sitrep check-config --json

Looks at the environment (SITREP_…), the feed list, the topics, the boilerplate rules and the index mappings.

Exit status: 0 nothing is wrong, 1 something is.
"""


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command("check-config", epilog=EXAMPLES)(check_config)


def check_config(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Name every mistake in the configuration, one a line: file, place, what is wrong."""
    from pipeline.flows.check_config import check_config as findings_of

    findings = findings_of()
    if as_json:
        console.answer_json({"ok": findings.ok, **asdict(findings)})
    else:
        for line in _lines(findings):
            typer.echo(line)
    if not findings.ok:
        raise typer.Exit(1)


def _lines(findings: "Findings") -> Iterator[str]:
    for mistake in findings.problems:
        yield console.plain(f"{mistake.file}: {mistake.problem}")
    if findings.ok:
        counts = ((findings.feeds, "feed"), (findings.topics, "topic"), (findings.rules, "boilerplate rule"))
        yield "no mistakes: " + ", ".join(f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in counts)
