"""``sitrep status``: feeds, backlog, last rounds, disk."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli import console

if TYPE_CHECKING:
    from pipeline.adapters.ledger.overview import PastRun
    from pipeline.flows.status import FeedOverview, Status

EXAMPLES = """
[bold]Examples[/bold]

  sitrep status

  sitrep status --all        (every feed on a line of its own)

  sitrep status --json

[bold]States of a feed[/bold]

  ok        the last poll went well
  failing   the last poll failed; the next try is later each time
  silent    answers, but has brought nothing new for far longer than usual
  gone      answered 410; asked again each month
  never     not asked yet
  disabled  by the feed list
"""


def register(app: typer.Typer) -> None:
    app.command(epilog=EXAMPLES)(status)


def status(
    every_feed: Annotated[bool, typer.Option("--all", help="List every feed, not only those in trouble.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as one JSON object.")] = False,
) -> None:
    """Show at a glance how the feeds do, what waits, what the last rounds did, and what it takes on disk."""
    from pipeline.flows import status as flow
    from pipeline.flows.clock import system_clock
    from pipeline.settings import load_settings

    settings = load_settings()
    found = flow.status(settings, system_clock())
    if as_json:
        console.answer_json(_as_json(found))
        return
    from pipeline.cli.measures import shown
    from pipeline.cli.status_page import page

    for line in page(found, settings.feeds, every_feed=every_feed):
        print(shown(line))


def _as_json(found: "Status") -> dict[str, Any]:
    return {
        "now": found.now,
        "feeds": [_feed(feed) for feed in found.feeds],
        "feeds_not_in_list": found.unlisted,
        "backlog": asdict(found.backlog)
        | {"dead_letters": [{"url": url, "reason": reason} for url, reason in found.dead_letters]},
        "runs": [_run(run) for run in found.runs],
        "alarms": [asdict(one) for one in found.alarms],
        "disk": {f"{name}_bytes": count for name, count in asdict(found.disk).items()},
    }


def _feed(feed: "FeedOverview") -> dict[str, Any]:
    row = asdict(feed)
    silent_for = row.pop("silent_for")
    return row | {"silent_seconds": int(silent_for.total_seconds()) if silent_for else None}


def _run(run: "PastRun") -> dict[str, Any]:
    """Times and sums; the problems are counted, the report of the round itself has them all."""
    report = run.report or {}
    return {
        "run_id": run.id,
        "now": run.now,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "seconds": round(run.seconds, 3),
        "balanced": report.get("balanced"),
        **{part: report.get(part) for part in ("feeds", "entries", "retried", "stories")},
        "problems": len(report["problems"]) if report else None,
    }
