"""Is every entry in exactly one state, and does the index hold exactly what the ledger says?"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from pipeline.adapters.ledger import entries, outbox, stories
from pipeline.adapters.ledger.database import Ledger
from pipeline.adapters.search_index.client import SearchIndex
from pipeline.flows.clock import system_clock
from pipeline.flows.deliver import deliver_waiting
from pipeline.flows.index import open_index
from pipeline.settings import Settings

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
    """Ids of documents with another revision or version than the story's."""
    contradictions: tuple[str, ...] = ()
    ahead: tuple[str, ...] = ()
    """Of the stale documents, those with a higher revision than their story (a ledger restored from a backup)."""

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
        return found


def _repair(ledger: Ledger, index: SearchIndex, found: Audit) -> None:
    # A document of a higher revision would win against its story whatever is sent, so it goes first.
    index.remove((*found.extra, *found.ahead))
    with ledger.write() as connection:
        outbox.queue_again(connection, (*found.missing, *found.stale), system_clock())


def compare(ledger: Ledger, index: SearchIndex) -> Audit:
    """Count the ledger's states and hold every document against its story."""
    index.refresh()
    held = {item.story_id: (item.revision, item.version) for item in index.held()}
    with ledger.read() as connection:
        counted = _counted(entries.states(connection), entries.total(connection))
        contradictions = tuple(entries.broken_rows(connection))
        known = stories.all_revisions(connection)
        compared = _differences(known, held)
    return replace(compared, entries=counted, contradictions=contradictions)


def _counted(states: Mapping[str, int], total: int) -> dict[str, int]:
    return {"total": total} | {state: states.get(state, 0) for state in STATES}


def _differences(known: Iterable[tuple[str, int, int]], held: dict[str, tuple[int, int]]) -> Audit:
    """``held`` is used up: what remains of it, no story has asked for."""
    missing: list[str] = []
    stale: list[str] = []
    ahead: list[str] = []
    count, documents = 0, len(held)
    for story_id, revision, version in known:
        count += 1
        document = held.pop(story_id, None)
        if document is None:
            missing.append(story_id)
        elif document != (revision, version):
            stale.append(story_id)
            if document[0] > revision:
                ahead.append(story_id)
    return Audit({}, count, documents, tuple(missing), tuple(sorted(held)), stale=tuple(stale), ahead=tuple(ahead))
