"""A fresh index from the ledger, while rounds go on: filled beside the old one, switched in one step, then compared."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from pipeline.adapters.ledger import clusters, marks, stories
from pipeline.adapters.ledger.database import Ledger
from pipeline.errors import CannotRun
from pipeline.flows.clock import system_clock
from pipeline.flows.compare import end_rebuild
from pipeline.flows.deliver import deliver_waiting
from pipeline.flows.index import open_index
from pipeline.flows.watch import Watcher, unwatched
from pipeline.settings import Settings
from pipeline.stages.document import document, iso

PAGE = 500
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Reindexed:
    """``refused`` stories are never taken as they are (``explain`` says why); ``caught_up`` changed meanwhile."""

    index: str
    documents: int
    refused: int
    caught_up: int
    waiting: int


def reindex(settings: Settings, say: Say, watch: Watcher = unwatched) -> Reindexed:
    """Build the index anew. Raises ``CannotRun`` where the server does not take it: the old index is untouched then."""
    with Ledger(settings.ledger_url) as ledger, open_index(settings, say) as index:
        index.setup()
        with index.rebuild() as fresh:
            documents, refused = 0, 0
            for answer in fresh.deliver(_documents(ledger, watch)):
                if answer.outcome == "retry":
                    raise CannotRun(f"the new index could not be filled ({answer.detail}); the old one is untouched")
                documents += answer.outcome != "rejected"
                refused += answer.outcome == "rejected"
            with ledger.write() as connection:
                marks.put(connection, marks.REBUILD, {"index": fresh.name})
            fresh.switch()
        # Rounds have gone on delivering to the old index: what they changed is found by looking, not by clocks.
        behind = end_rebuild(ledger, index) or 0
        waiting = deliver_waiting(settings, ledger, system_clock, say).waiting if behind else 0
        return Reindexed(fresh.name, documents, refused, max(behind - refused, 0), waiting)


def _documents(ledger: Ledger, watch: Watcher) -> Iterator[dict[str, Any]]:
    """Every story's newest document, read in pages, so that memory stays bounded and no writer waits.

    A page is read while the server works on the one before: in turns, one of them would always stand idle.
    """
    with ledger.read() as connection:
        total = stories.count(connection)
    sent = 0
    with ThreadPoolExecutor(1, thread_name_prefix="reindex") as reader:
        ahead = reader.submit(_page, ledger, "")
        while page := ahead.result():
            ahead = reader.submit(_page, ledger, page[-1]["_id"])
            yield from page
            sent += len(page)
            watch("stories", sent, total)


def _page(ledger: Ledger, after: str) -> list[dict[str, Any]]:
    """The documents of the stories behind the one with this id."""
    with ledger.read() as connection:
        page = stories.page_after(connection, after, PAGE)
        copies = clusters.copies_of(connection, page)
    told = {"indexed_at": iso(system_clock())}
    return [document(story, copies.get(story.id)) | told for story in page]
