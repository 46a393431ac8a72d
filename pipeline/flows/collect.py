"""The collecting half of a round: what is due, and whether there is anything to do at all."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from pipeline.adapters.ledger import entries, feeds, rechecks
from pipeline.adapters.ledger.database import Ledger
from pipeline.adapters.ledger.runs import Run
from pipeline.adapters.worker_process import start_ahead
from pipeline.errors import SitrepError
from pipeline.flows.clock import round_clock
from pipeline.flows.configuration import Configuration
from pipeline.flows.profile import during
from pipeline.flows.shards import ALL, Part
from pipeline.flows.textwork import PRELOAD
from pipeline.flows.watch import Watcher, unwatched
from pipeline.model import FeedSource
from pipeline.settings import Settings
from pipeline.stages.feed_state import FeedState
from pipeline.stages.pace import TimedPoll, timed_polls
from pipeline.stages.schedule import due_feeds


def collect_round(
    settings: Settings,
    run: Run,
    configuration: Configuration,
    ledger: Ledger,
    watch: Watcher = unwatched,
    part: Part = ALL,
    jobs: int | None = None,
) -> None:
    """Poll what is due in ``run`` and work on what is open until all is settled or the round's time is over.

    Only ``part`` of the feeds is looked at; ``jobs`` are the worker processes for text, by default one a core.
    Raises what the ledger and the archive raise; what was committed by then stays.
    """
    clock = round_clock(ledger, run.fixed_moment)
    mine = part.feeds(configuration.feeds)
    enabled = {feed.id: feed for feed in mine if feed.enabled}
    with ledger.read() as connection:
        states = feeds.states(connection)
        looks = rechecks.due(connection, clock(), enabled)
    polls = _polls(settings, run, mine, states, clock())
    with ledger.write() as connection:
        part.confirm(connection)
        waiting = entries.claim_waiting(connection, run.id, clock(), enabled)
    if not polls and not waiting and not looks:
        return
    if waiting or any(_is_unread(states.get(poll.feed.id)) for poll in polls):
        # There will be text to work on: what workers are forked from loads for a second, beside the imports below.
        start_ahead(PRELOAD)
    import asyncio

    # Network, archive and workers cost half a second to import, which a round with nothing to do need not pay.
    from pipeline.flows.work_round import work_round

    try:
        with during("fetch"):  # what the loop itself does: what it waits for is done in threads and workers
            asyncio.run(
                work_round(
                    settings, run, clock, configuration, ledger, states, polls, waiting, looks, watch, part, jobs
                )
            )
    except* SitrepError as errors:
        raise _first(errors) from None


def _is_unread(state: FeedState | None) -> bool:
    """Has the feed never brought a document, so that it hardly answers with 304?"""
    return state is None or state.last_success_at is None


def _polls(
    settings: Settings, run: Run, feeds: Sequence[FeedSource], states: Mapping[str, FeedState], now: datetime
) -> tuple[TimedPoll, ...]:
    """What this round asks, and when."""
    spread = spread_of(settings, run.fixed_moment)
    due = due_feeds(feeds, states, now, timedelta(seconds=spread))
    return timed_polls(due, states, now, spread, settings.host_delay)


def spread_of(settings: Settings, fixed_moment: datetime | None) -> float:
    """Seconds over which a round spreads its polls. To one whose clock stands still, nothing falls due later on."""
    return settings.poll_spread if fixed_moment is None else 0.0


def _first(errors: BaseExceptionGroup[SitrepError]) -> SitrepError:
    error = errors.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
