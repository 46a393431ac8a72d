"""The collecting half of a round: what is due, and whether there is anything to do at all."""

from pipeline.adapters.ledger import entries, feeds, rechecks
from pipeline.adapters.ledger.database import Ledger
from pipeline.adapters.ledger.runs import Run
from pipeline.errors import SitrepError
from pipeline.flows.clock import round_clock
from pipeline.flows.configuration import Configuration
from pipeline.flows.profile import during
from pipeline.flows.shards import ALL, Part
from pipeline.flows.watch import Watcher, unwatched
from pipeline.settings import Settings
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
    due = due_feeds(mine, states, clock())
    with ledger.write() as connection:
        part.confirm(connection)
        waiting = entries.claim_waiting(connection, run.id, clock(), enabled)
    if not due and not waiting and not looks:
        return
    import asyncio

    # Network, archive and workers cost half a second to import, which a round with nothing to do need not pay.
    from pipeline.flows.work_round import work_round

    try:
        with during("fetch"):  # what the loop itself does: what it waits for is done in threads and workers
            asyncio.run(
                work_round(settings, run, clock, configuration, ledger, states, due, waiting, looks, watch, part, jobs)
            )
    except* SitrepError as errors:
        raise _first(errors) from None


def _first(errors: BaseExceptionGroup[SitrepError]) -> SitrepError:
    error = errors.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
