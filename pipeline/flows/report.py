"""The sums of a round, read from what its transactions wrote."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter

from pipeline.adapters.ledger import entries, feeds, marks, outbox, overview, runs, stories
from pipeline.adapters.ledger.database import Connection, Ledger
from pipeline.adapters.ledger.round_figures import page_texts, why_waiting
from pipeline.adapters.ledger.runs import Run
from pipeline.config.feeds import check_feeds
from pipeline.flows.alarms import settle_alarms
from pipeline.flows.alerts import publish_alerts
from pipeline.flows.clock import round_clock
from pipeline.flows.publish import publish_round
from pipeline.model import OUTCOMES, Problem, RunReport
from pipeline.settings import Settings
from pipeline.stages.alarm import AFTER_ROUND, Alarm, Waiting, alarms
from pipeline.stages.course import Course, after, course_alarms
from pipeline.stages.document import iso

_COURSE = TypeAdapter(Course)


def close_round(settings: Settings, ledger: Ledger, run: Run) -> RunReport:
    """Sum up, tell the new on-topic stories, write the report into the ledger, and bring the boards up to date.

    The round ends only after its stories are told: of one that breaks off before that, the next round tells them.
    """
    with ledger.read() as connection:
        summary = _summary(connection, run)
    publish_alerts(settings, ledger, run.id)
    ended_at = round_clock(ledger, run.fixed_moment)()
    row = report_json(summary)
    with ledger.write() as connection:
        runs.close_run(connection, run.id, ended_at, row)
        found = _alarms(settings, connection, run, summary, ended_at)
    over = settle_alarms(settings, ledger, found, AFTER_ROUND, ended_at)
    publish_round(settings, ledger, run, row, over, ended_at)
    return summary


def _alarms(
    settings: Settings, connection: Connection, run: Run, summary: RunReport, now: datetime
) -> tuple[Alarm, ...]:
    """All that an operator has to look at after this round; the course of rounds is written on."""
    backlog = overview.backlog(connection, now)
    waiting = Waiting(backlog.waiting, backlog.waiting_since, why_waiting(connection))
    pages, textless = page_texts(connection, run)
    held = marks.found(connection, marks.COURSE)
    course = after(_COURSE.validate_python(held or {}), summary, backlog.pending, pages, textless, now)
    marks.put(connection, marks.COURSE, _COURSE.dump_python(course, mode="json"))
    limits = {
        "no_story": timedelta(hours=settings.alarm_no_story_hours),
        "no_topic": timedelta(hours=settings.alarm_no_topic_hours),
    }
    listed, _ = check_feeds(settings.feeds)
    return (
        *alarms(summary, waiting, listed, feeds.states(connection), now),
        *course_alarms(course, now, pages, **limits),
    )


def report_json(report: RunReport) -> dict[str, Any]:
    """The report as ``ingest --json`` prints it; times are ISO 8601 in UTC."""
    return {
        "run_id": report.run_id,
        "now": iso(report.now),
        "seconds": round(report.seconds, 3),
        "balanced": report.balanced,
        "feeds": report.feeds,
        "entries": report.entries,
        "retried": report.retried,
        "stories": report.stories,
        "problems": [{name: _plain(value) for name, value in asdict(p).items()} for p in report.problems],
    }


def _plain(value: Any) -> Any:
    return iso(value) if isinstance(value, datetime) else value


def _summary(connection: Connection, run: Run) -> RunReport:
    polled, seen, settled = runs.feed_sums(connection, run.id)
    sighted, tried = entries.outcomes(connection, run.id)
    good = {name: polled.get(name, 0) for name in ("changed", "not_modified")}
    return RunReport(
        run_id=run.id,
        now=run.now,
        seconds=run.seconds,
        feeds={"known": run.feeds_known, "due": run.feeds_due}
        | good
        | {"failed": sum(polled.values()) - sum(good.values())},
        entries={"seen": seen} | {outcome: settled.get(outcome, 0) + sighted.get(outcome, 0) for outcome in OUTCOMES},
        retried=_retried(tried),
        stories={
            "indexed": run.indexed,
            "waiting": outbox.waiting(connection),
            "on_topic": stories.on_topic(connection, run.id),
        },
        problems=(*runs.problems(connection, run.id), *_refused(connection)),
    )


def _retried(tried: dict[str, int]) -> dict[str, int]:
    done = sum(tried.get(outcome, 0) for outcome in ("created", "updated", "unchanged"))
    open_or_lost = {name: tried.get(name, 0) for name in ("pending", "failed")}
    return {"tried": sum(tried.values()), "done": done} | open_or_lost


def _refused(connection: Connection) -> tuple[Problem, ...]:
    """Stories that the index does not take as they are: they stay a problem until their story changes."""
    return tuple(
        Problem(None, url, "refused_by_index", detail) for url, detail in outbox.dead_letters(connection, limit=100)
    )
