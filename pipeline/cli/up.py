"""``sitrep up`` and ``sitrep down``: scheduled rounds on this machine."""

import os
from datetime import datetime
from typing import TYPE_CHECKING

import typer

from pipeline.cli import console

if TYPE_CHECKING:
    from pipeline.adapters.ledger.overview import PastRun
    from pipeline.flows.up.rounds import Failure
    from pipeline.flows.up.standing import Standing

UP_EXAMPLES = """
[bold]Examples[/bold]

  sitrep up

  SITREP_SCHEDULE='*/30 * * * *' sitrep up        (a round every half hour; default: every ten minutes)

  nohup sitrep up > sitrep.log 2>&1 &        (in the background; end it with: sitrep down)
"""
DOWN_EXAMPLES = """
[bold]Example[/bold]

  sitrep down
"""
SHOWN_REASONS = 3
LONGEST_REASON = 300


def register(app: typer.Typer) -> None:
    app.command(epilog=UP_EXAMPLES)(up)
    app.command(epilog=DOWN_EXAMPLES)(down)


def up() -> None:
    """Run rounds by schedule until Ctrl-C: local Elasticsearch and Airflow under one supervisor.

    Needs no Docker. What dies is started again; nothing is left running at the end.
    """
    from pipeline.flows.up.up import keep_up
    from pipeline.settings import load_settings

    keep_up(load_settings(), os.environ, Terminal())


def down() -> None:
    """Stop the 'sitrep up' of this SITREP_HOME, or what is left of one that was killed."""
    from pipeline.flows.up.down import take_down
    from pipeline.settings import load_settings

    stopped = take_down(load_settings())
    print(f"stopped: {', '.join(stopped)}" if stopped else "nothing is running")


class Terminal:
    """News for people: what runs and how rounds went on standard output, all else on standard error."""

    def say(self, message: str) -> None:
        for line in message.splitlines():
            console.say(line)

    def standing(self, standing: "Standing") -> None:
        user, password = standing.login
        rows = [
            *((part.name, f"pid {part.pid}" if part.pid else "", part.url or "") for part in standing.parts),
            ("airflow login", f"user {user}", f"password {password}"),
        ]
        print("Sitrep is up")
        for name, who, where in rows:
            print(f"  {name:<14} {who:<12} {where}".rstrip())
        print(f"Rounds: {standing.schedule} over {_counted(standing.feeds, 'feed')}")
        for place in standing.logs:
            print(f"Logs: {place}")
        print("Stop: Ctrl-C here, or 'sitrep down' elsewhere", flush=True)
        if standing.paused:
            console.say("rounds are paused: the DAG 'ingest' was switched off in Airflow, switch it on there")

    def ended(self, run: "PastRun") -> None:
        if run.ended_at is None or run.report is None:
            return
        report = run.report
        feeds, entries, stories = report["feeds"], report["entries"], report["stories"]
        parts = [
            f"feeds {feeds['due']} due, {feeds['changed']} changed" + _if_any(feeds["failed"], "failed"),
            f"entries {entries['created']} new, {entries['updated']} updated" + _if_any(entries["pending"], "pending"),
            f"stories {stories['indexed']} indexed, {stories['on_topic']} on topic"
            + _if_any(stories["waiting"], "waiting"),
        ]
        print(f"{_short(run.ended_at)} round {run.id} ({run.seconds:.1f} s): {'; '.join(parts)}", flush=True)

    def failed(self, failure: "Failure") -> None:
        due, ended = _short(failure.run.due_at), _short(failure.run.ended_at)
        print(f"{ended} FAILED in Airflow: {failure.run.dag_id} of {due} ({failure.run.id})", flush=True)
        for reason in failure.reasons[:SHOWN_REASONS]:
            for line in reason.splitlines():
                print(f"  {console.plain(line)[:LONGEST_REASON]}", flush=True)


def _short(moment: datetime) -> str:
    return console.iso(moment.replace(microsecond=0))


def _if_any(count: int, what: str) -> str:
    return f", {count} {what}" if count else ""


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" + ("" if count == 1 else "s")
