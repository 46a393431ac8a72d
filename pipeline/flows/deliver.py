"""From the outbox to the index: bulk by bulk, every item's answer read, every row kept until its revision arrived."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from pipeline.adapters.ledger import clusters, marks, outbox
from pipeline.adapters.ledger.database import Ledger
from pipeline.errors import SitrepError
from pipeline.flows.clock import Clock
from pipeline.model import Story
from pipeline.settings import Settings
from pipeline.stages.document import Copies, document, iso

if TYPE_CHECKING:
    from pipeline.adapters.search_index.client import SearchIndex
    from pipeline.adapters.search_index.records import Delivery

BATCH = 500
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one delivery did: stories sent, refused for good, still waiting, and why they wait."""

    indexed: int
    refused: int
    waiting: int
    problem: str | None = None


def deliver_waiting(settings: Settings, ledger: Ledger, clock: Clock, say: Say) -> Delivered:
    """Send what waits. The server is asked for only when something does; its trouble is a value, the rows stay."""
    if not _has_work(ledger):
        return Delivered(0, 0, 0)
    from pipeline.flows.compare import end_rebuild
    from pipeline.flows.index import open_index  # what nobody needs while nothing waits

    sent = Delivered(0, 0, 0)
    try:
        with open_index(settings, say) as index:
            index.setup()
            end_rebuild(ledger, index)
            after = ""
            while (batch := _batch(ledger, after)).stories:
                answers = _send(index, batch, clock)
                sent = _noted(ledger, answers, sent, clock, batch.queued_at)
                after = batch.stories[-1].id
                if all(answer.outcome == "retry" for answer in answers):
                    break  # the server takes nothing now
            index.refresh()
    except SitrepError as error:
        sent = replace(sent, problem=str(error))
    waiting = _waiting(ledger)
    return replace(sent, waiting=waiting, problem=sent.problem if waiting else None)


def _waiting(ledger: Ledger) -> int:
    with ledger.read() as connection:
        return outbox.waiting(connection)


def _has_work(ledger: Ledger) -> bool:
    with ledger.read() as connection:
        return outbox.waiting(connection) > 0 or marks.found(connection, marks.REBUILD) is not None


@dataclass(frozen=True, slots=True)
class _Batch:
    """Stories that wait, as they were at one moment, what the heads know of their copies, and since when they do."""

    stories: Sequence[Story]
    copies: Mapping[str, Copies]
    queued_at: Mapping[str, datetime]


def _batch(ledger: Ledger, after: str) -> _Batch:
    with ledger.read() as connection:
        stories = outbox.batch(connection, after, BATCH)
        queued_at = outbox.queued_at(connection, [story.id for story in stories])
        return _Batch(stories, clusters.copies_of(connection, stories), queued_at)


def _send(index: "SearchIndex", batch: _Batch, clock: Clock) -> "list[Delivery]":
    told = {"indexed_at": iso(clock())}
    return list(index.deliver(document(story, batch.copies.get(story.id)) | told for story in batch.stories))


def _noted(
    ledger: Ledger, answers: "Sequence[Delivery]", sent: Delivered, clock: Clock, queued: Mapping[str, datetime]
) -> Delivered:
    arrived = [(a.story_id, a.revision) for a in answers if a.outcome in ("indexed", "superseded")]
    failed = [a for a in answers if a.outcome in ("rejected", "retry")]
    with ledger.write() as connection:
        outbox.accepted(connection, arrived, clock(), queued)
        for answer in failed:
            outbox.refused(
                connection, answer.story_id, answer.revision, answer.detail, dead=answer.outcome == "rejected"
            )
    refused = sum(answer.outcome == "rejected" for answer in failed)
    problem = next((answer.detail for answer in failed if answer.outcome == "retry"), sent.problem)
    return replace(sent, indexed=sent.indexed + len(arrived), refused=sent.refused + refused, problem=problem)
