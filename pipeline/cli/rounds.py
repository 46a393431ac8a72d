"""``sitrep ingest`` and ``sitrep deliver``."""

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli import console
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from pipeline.flows.deliver import Delivered
    from pipeline.model import RunReport
    from pipeline.settings import Settings

INGEST_EXAMPLES = """
[bold]Examples[/bold]

  sitrep ingest

  sitrep ingest --feeds my-feeds.yaml --json

  sitrep ingest --no-deliver        (collect now, send later with: sitrep deliver)

  sitrep ingest --now 2024-10-21T12:00:00Z        (replay a moment)

  sitrep ingest --profile        (where does the time go?)
"""
DELIVER_EXAMPLES = """
[bold]Example[/bold]

  sitrep deliver
"""


def register(app: typer.Typer) -> None:
    app.command(epilog=INGEST_EXAMPLES)(ingest)
    app.command(epilog=DELIVER_EXAMPLES)(deliver)


def ingest(
    feeds: Annotated[
        Path | None, typer.Option(help="Feed list to use instead of SITREP_FEEDS.", show_default=False)
    ] = None,
    now: Annotated[
        str | None,
        typer.Option(
            help="The moment the round takes for the present, ISO 8601 with a zone; default: the clock.",
            show_default=False,
        ),
    ] = None,
    no_deliver: Annotated[bool, typer.Option("--no-deliver", help="Collect only; stories wait in the ledger.")] = False,
    profile: Annotated[bool, typer.Option("--profile", help="Show the CPU seconds of each stage at the end.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as one JSON object.")] = False,
) -> None:
    """Run one round: poll what is due, fetch, clean, tag, store, deliver. Exit 3: stored, but not all delivered."""
    from pipeline.settings import load_settings

    settings = load_settings()
    if feeds is not None:
        settings = settings.model_copy(update={"feeds": feeds.expanduser().absolute()})
    if profile:
        report, delivered, spent = _measured(settings, _moment(now), no_deliver)
    else:
        (report, delivered), spent = _round(settings, _moment(now), no_deliver), None
    if as_json:
        from pipeline.flows.report import report_json

        console.answer_json(report_json(report) | ({"profile": spent} if spent is not None else {}))
    else:
        from pipeline.cli.report import show_report

        show_report(report)
    if spent is not None:
        _show_profile(spent, report.entries["created"] + report.entries["updated"])
    if delivered and delivered.waiting:
        console.say(_waiting(delivered.waiting, delivered.problem))
        sys.exit(3)


def _round(settings: "Settings", now: datetime | None, no_deliver: bool) -> "tuple[RunReport, Delivered | None]":
    from pipeline.cli.progress import watching
    from pipeline.flows import round as flow

    run_id = flow.plan(settings, now)
    with watching() as watch:
        flow.collect(settings, run_id, watch)
    delivered = None if no_deliver else flow.deliver(settings, run_id, console.say)
    return flow.report(settings, run_id), delivered


def _measured(
    settings: "Settings", now: datetime | None, no_deliver: bool
) -> "tuple[RunReport, Delivered | None, dict[str, float]]":
    """A round, and the CPU seconds of its stages."""
    from pipeline.flows.profile import profiling

    if settings.shards > 1:
        raise ConfigError(["--profile looks into a single collector: leave SITREP_SHARDS at 1"])
    with profiling() as profile:
        report, delivered = _round(settings, now, no_deliver)
        spent = {stage: round(seconds, 3) for stage, seconds in profile.spent().items()}
    return report, delivered, spent


def _show_profile(spent: dict[str, float], stories: int) -> None:
    """A line for each stage on standard error."""
    whole = sum(spent.values())
    for stage, seconds in [*spent.items(), ("all", whole)]:
        each = f"{1000 * seconds / stories:8.2f} ms a story" if stories else ""
        console.say(f"{stage:<8} {seconds:8.2f} s CPU {seconds / whole:5.0%} {each}".rstrip())


def deliver(
    as_json: Annotated[bool, typer.Option("--json", help="Print the counts as one JSON object.")] = False,
) -> None:
    """Send the stories that wait for the index. Exit 3: some still wait."""
    from pipeline.flows.round import deliver_backlog
    from pipeline.settings import load_settings

    delivered = deliver_backlog(load_settings(), console.say)
    if as_json:
        console.answer_json({"indexed": delivered.indexed, "refused": delivered.refused, "waiting": delivered.waiting})
    else:
        print(f"indexed {delivered.indexed}, refused {delivered.refused}, waiting {delivered.waiting}")
    if delivered.waiting:
        console.say(_waiting(delivered.waiting, delivered.problem))
        sys.exit(3)


def _waiting(count: int, problem: str | None) -> str:
    what = "1 story waits" if count == 1 else f"{count} stories wait"
    reason = f" ({problem})" if problem else ""
    return f"{what} for the index{reason}; safe in the ledger, sent by the next round or by: sitrep deliver"


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    return console.moment(text, "--now")
