"""After a round: what boards show of it, written into the indices of runs, feeds and alerts.

The ledger has all of it, so a server that is away or refuses a note costs nothing but the picture.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from pipeline.adapters.http.targets import without_credentials
from pipeline.adapters.ledger import feeds as feed_states
from pipeline.adapters.ledger import overview
from pipeline.adapters.ledger.alarms import Incident, open_incidents
from pipeline.adapters.ledger.database import Connection, Ledger
from pipeline.adapters.ledger.overview import Backlog
from pipeline.adapters.ledger.round_figures import Poll, RoundFigures, round_figures
from pipeline.adapters.ledger.runs import Run
from pipeline.adapters.search_index.records import Note
from pipeline.config.feeds import check_feeds
from pipeline.errors import SitrepError
from pipeline.flows.index import running_index
from pipeline.model import FeedSource
from pipeline.settings import Settings
from pipeline.stages.document import iso
from pipeline.stages.feed_state import FeedState, feed_status

log = structlog.get_logger()


def publish_round(
    settings: Settings, ledger: Ledger, run: Run, row: dict[str, Any], over: Sequence[Incident], ended_at: datetime
) -> None:
    """Write the notes of a round (``row``: its report as JSON; ``over``: alarms that ended) and drop old ones.

    Trouble is a warning.
    """
    try:
        with running_index(settings) as index:
            if index is not None:
                with ledger.read() as connection:
                    notes = tuple(_notes(settings, connection, run, row, over, ended_at))
                index.keep(notes)
                index.drop_notes(iso(ended_at - timedelta(days=settings.retain_runs_days)))
    except SitrepError as error:
        log.warning("boards not brought up to date", run=run.id, problem=str(error))


def _notes(
    settings: Settings,
    connection: Connection,
    run: Run,
    row: dict[str, Any],
    over: Sequence[Incident],
    ended_at: datetime,
) -> Iterator[Note]:
    stamp = {"@timestamp": iso(ended_at), "run_id": run.id}
    listed, _ = check_feeds(settings.feeds)
    states = feed_states.states(connection)
    figures = round_figures(connection, run)
    backlog = overview.backlog(connection, ended_at)
    yield from _run_notes(row, stamp, figures, backlog, listed)
    for feed in listed:
        yield _feed_note(feed, states.get(feed.id), figures, stamp, ended_at)
    for gone in states.keys() - {feed.id for feed in listed}:
        yield Note("feeds", gone, None)
    for one in open_incidents(connection):
        yield _alarm_note(one, stamp)
    for one in over:
        yield _alarm_note(one, stamp, cleared_at=stamp["@timestamp"])


def _run_notes(
    row: dict[str, Any],
    stamp: dict[str, str],
    figures: RoundFigures,
    backlog: Backlog,
    listed: Sequence[FeedSource],
) -> Iterator[Note]:
    """The report with what boards want besides; and for each rule a document of its own.

    Kibana cannot add up numbers of a list by the words beside them, so each rule's lines stand alone.
    """
    whole_text = {feed.id for feed in listed if feed.full_text == "feed"}
    fell_back = sum(feed not in whole_text for feed in figures.told_by_feed)
    more = {
        "backlog": {"pending": backlog.pending, "waiting": backlog.waiting, "dead": backlog.dead},
        "pages": {"fetched": figures.pages_fetched, "failed": figures.pages_failed, "fell_back": fell_back},
        "removed_lines": sum(figures.removed.values()),
    }
    yield Note("runs", stamp["run_id"], row | stamp | more)
    for rule, lines in figures.removed.items():
        yield Note("runs", f"{stamp['run_id']} {rule}", {**stamp, "rule": rule, "lines": lines})


def _feed_note(
    feed: FeedSource, held: FeedState | None, figures: RoundFigures, stamp: dict[str, str], now: datetime
) -> Note:
    """Merged into what is there, so that a feed that was not due keeps the figures of its last fetch."""
    state = held if held is not None and held.url == feed.url else FeedState(feed.id, feed.url)
    poll = figures.polls.get(feed.id)
    fields = stamp | {
        "feed": feed.id,
        "name": feed.name,
        "group": feed.group,
        "url": without_credentials(feed.url),
        "state": feed_status(feed, held, now),
        "failures": state.failures,
        "last_success_at": _iso(state.last_success_at),
        "last_new_at": _iso(state.last_new_at),
        "next_due_at": _iso(state.next_due_at) if feed.enabled else None,
        "last_problem": state.last_problem,
    }
    return Note("feeds", feed.id, fields | (_polled(poll, figures.new.get(feed.id, 0)) if poll else {}), merge=True)


def _polled(poll: Poll, new: int) -> dict[str, Any]:
    """A failure and a 304 say nothing of the document that was read last."""
    fetch = {
        "at": iso(poll.at),
        "outcome": poll.outcome,
        "status": poll.status,
        "bytes": poll.bytes,
        "milliseconds": poll.milliseconds,
    }
    document = {"document": {"seen": poll.seen, "new": new}} if poll.seen else {}
    return {"fetch": fetch} | document


def _alarm_note(one: Incident, stamp: dict[str, str], cleared_at: str | None = None) -> Note:
    fields = {"kind": one.kind, "subject": one.subject, "detail": one.detail, "since": _iso(one.since)}
    first = {"first_told_at": iso(one.raised_at)}
    return Note("alerts", one.id, stamp | fields | {"cleared_at": cleared_at}, merge=True, once=first)


def _iso(moment: datetime | None) -> str | None:
    return iso(moment) if moment else None
