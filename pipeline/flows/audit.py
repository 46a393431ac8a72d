"""Is every entry in exactly one state, and does the index hold exactly what the ledger says?"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pipeline.adapters.ledger import entries, outbox
from pipeline.adapters.ledger.database import Ledger
from pipeline.adapters.search_index.client import SearchIndex
from pipeline.flows.alarms import settle_alarms
from pipeline.flows.clock import system_clock
from pipeline.flows.compare import difference
from pipeline.flows.deliver import deliver_waiting
from pipeline.flows.index import open_index
from pipeline.settings import Settings
from pipeline.stages.alarm import AFTER_AUDIT, Alarm

STATES = ("stored", "pending", "rejected", "failed")
PAUSES = (0.0, 0.5, 1.0)
"""Seconds after each try of a repair: Elasticsearch refuses a document for a moment after it was deleted."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Audit:
    """What was counted and compared. ``contradictions`` are rows of entries that disagree with themselves."""

    entries: dict[str, int]
    stories: int
    documents: int
    missing: tuple[str, ...]
    """Ids of stories that the index does not hold."""
    extra: tuple[str, ...]
    """Ids of documents that the ledger does not know."""
    stale: tuple[str, ...]
    """Ids of documents with another revision or version than the story's, in their fields or in Elasticsearch."""
    contradictions: tuple[str, ...] = ()
    ahead: tuple[str, ...] = ()
    """Of the stale documents, those that keep their story's revision out: the document's own revision is higher (a
    ledger restored from a backup), or its version in Elasticsearch was raised by hand."""

    @property
    def balanced(self) -> bool:
        """Is every entry ever seen in exactly one state, with all that the state asks for?"""
        in_a_state = sum(self.entries[state] for state in STATES)
        return self.entries["total"] == in_a_state and not self.contradictions

    @property
    def clean(self) -> bool:
        return self.balanced and not (self.missing or self.extra or self.stale)


def audit(settings: Settings, say: Say, *, repair: bool = False) -> Audit:
    """Compare ledger and index. With ``repair``, send what is missing or stale and drop what is extra, then look again.

    Raises ``ServerUnreachable`` or ``NodeFailed`` where the index cannot be asked.
    """
    with Ledger(settings.ledger_url) as ledger, open_index(settings, say) as index:
        index.setup()
        found = compare(ledger, index)
        for pause in PAUSES if repair else ():
            if found.clean:
                break
            _repair(ledger, index, found)
            trouble = deliver_waiting(settings, ledger, system_clock, say).problem
            if trouble:
                say(f"not all could be sent: {trouble}")
            time.sleep(pause)
            found = compare(ledger, index)
        settle_alarms(settings, ledger, _alarm(found), AFTER_AUDIT, system_clock())
        return found


def _alarm(found: Audit) -> list[Alarm]:
    if found.clean:
        return []
    counts = {
        "missing": found.missing,
        "extra": found.extra,
        "stale": found.stale,
        "contradictory entries": found.contradictions,
    }
    detail = ", ".join(f"{len(ids)} {name}" for name, ids in counts.items() if ids)
    return [Alarm("audit_difference", "index", detail or "entries without exactly one state", None)]


def _repair(ledger: Ledger, index: SearchIndex, found: Audit) -> None:
    # A document of a higher revision would win against its story whatever is sent, so it goes first.
    index.remove((*found.extra, *found.ahead))
    with ledger.write() as connection:
        outbox.queue_again(connection, (*found.missing, *found.stale), system_clock())


def compare(ledger: Ledger, index: SearchIndex) -> Audit:
    """Count the ledger's states and hold every document against its story."""
    found = difference(ledger, index)
    with ledger.read() as connection:
        counted = _counted(entries.states(connection), entries.total(connection))
        contradictions = tuple(entries.broken_rows(connection))
    return Audit(
        counted,
        found.stories,
        found.documents,
        tuple(found.missing),
        tuple(sorted(found.extra)),
        stale=tuple(sorted(found.stale)),
        contradictions=contradictions,
        ahead=tuple(found.ahead),
    )


def _counted(states: Mapping[str, int], total: int) -> dict[str, int]:
    return {"total": total} | {state: states.get(state, 0) for state in STATES}
