"""One round in four steps: plan, collect, deliver, report. Airflow runs them as tasks, ``ingest`` one after another."""

import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from pipeline.adapters.ledger import feeds, runs
from pipeline.adapters.ledger.database import Ledger
from pipeline.adapters.ledger.runs import Run
from pipeline.errors import UnknownItem
from pipeline.flows.clock import round_clock
from pipeline.flows.collect import collect_round, spread_of
from pipeline.flows.configuration import load_configuration, require_contact
from pipeline.flows.deliver import Delivered, deliver_waiting
from pipeline.flows.lock import round_lock
from pipeline.flows.profile import during
from pipeline.flows.report import close_round
from pipeline.flows.shards import WHOLE, Shard, held_part
from pipeline.flows.watch import Watcher, unwatched
from pipeline.model import RunReport
from pipeline.settings import Settings
from pipeline.stages.schedule import due_feeds

Say = Callable[[str], None]


def silent(_message: str) -> None:
    """For callers who want no words."""


def plan(settings: Settings, now: datetime | None = None) -> str:
    """Check the configuration and open a run; returns its id.

    Raises ``ConfigError`` with every mistake, ``RoundRunning`` while another round holds the lock.
    """
    configuration = load_configuration(settings)
    with round_lock(settings.home), Ledger(settings.ledger_url) as ledger:
        moment = round_clock(ledger, now)()
        with ledger.read() as connection:
            ahead = timedelta(seconds=spread_of(settings, now))
            due = due_feeds(configuration.feeds, feeds.states(connection), moment, ahead)
        require_contact(settings, due)
        run_id = f"{moment:%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}"
        run = Run(run_id, moment, now is not None, moment, len(configuration.feeds), len(due), 0.0, 0)
        with ledger.write() as connection:
            runs.open_run(connection, run)
    return run_id


def collect(settings: Settings, run_id: str, watch: Watcher = unwatched) -> dict[str, int]:
    """Poll, fetch, clean, tag and record. Called again for the same run, it goes on where it stopped.

    Returns how many feeds were polled with which outcome. With ``SITREP_SHARDS`` over 1 each shard has a process.
    """
    if settings.shards > 1:
        from pipeline.flows.collectors import collect_in_processes

        collect_in_processes(partial(collect_shard, settings, run_id), settings.shards)
    else:
        collect_shard(settings, run_id, WHOLE, watch=watch)
    with Ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        return runs.feed_sums(connection, run_id)[0]


def collect_shard(
    settings: Settings, run_id: str, shard: Shard, jobs: int | None = None, watch: Watcher = unwatched
) -> None:
    """The part of one collector. Raises ``RoundRunning`` when others hold all of it."""
    configuration = load_configuration(settings)
    begun = time.monotonic()
    with round_lock(settings.home, shared=shard.of > 1), Ledger(settings.ledger_url) as ledger:
        run = _run(ledger, run_id)
        try:
            with held_part(ledger, shard) as part:
                collect_round(settings, run, configuration, ledger, watch, part, jobs)
        finally:
            _add_seconds(ledger, run_id, shard, time.monotonic() - begun)


def _add_seconds(ledger: Ledger, run_id: str, shard: Shard, seconds: float) -> None:
    with ledger.write() as connection:
        if shard == WHOLE:
            runs.add(connection, run_id, seconds=seconds)
        else:
            runs.last_at_least(connection, run_id, seconds)


def deliver(settings: Settings, run_id: str, say: Say = silent) -> Delivered:
    """Send what waits for the index, whichever round has left it."""
    begun = time.monotonic()
    with during("deliver"), Ledger(settings.ledger_url) as ledger:
        run = _run(ledger, run_id)
        delivered = deliver_waiting(settings, ledger, round_clock(ledger, run.fixed_moment), say)
        with ledger.write() as connection:
            runs.add(connection, run_id, seconds=time.monotonic() - begun, indexed=delivered.indexed)
    return delivered


def deliver_backlog(settings: Settings, say: Say = silent) -> Delivered:
    """Send what waits for the index, outside any round."""
    with Ledger(settings.ledger_url) as ledger:
        return deliver_waiting(settings, ledger, round_clock(ledger, None), say)


def report(settings: Settings, run_id: str) -> RunReport:
    """Sum the run up and write it into the ledger and, where the server is up, into the index of runs."""
    with Ledger(settings.ledger_url) as ledger:
        return close_round(settings, ledger, _run(ledger, run_id))


def _run(ledger: Ledger, run_id: str) -> Run:
    with ledger.read() as connection:
        run = runs.load(connection, run_id)
    if run is None:
        raise UnknownItem(f"the ledger knows no run {run_id}")
    return run
