"""The one writer of a round: gathers finished work into batches, archives it, then commits it in one transaction."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pipeline.adapters.archive import Archive
from pipeline.adapters.ledger import feeds, runs
from pipeline.adapters.ledger.database import Connection, Ledger
from pipeline.adapters.memory import give_back
from pipeline.flows.profile import during
from pipeline.model import Exchange, RecordRef
from pipeline.stages.feed_state import FeedState

MAX_BATCH = 64
"""Documents and pages; of mere answers (``Polled``) many more go into one transaction."""
MAX_POLLED = 1000
MAX_BATCH_BYTES = 16_000_000
GATHER_SECONDS = 0.05
MAX_GATHERS = 2
"""A batch waits as long as more keeps coming, but no longer than so many times ``GATHER_SECONDS``: each costs a file, a
commit and three waits for the disk, whatever is in it."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Note(Generic[Result]):
    """Something to write: ``apply`` runs inside the transaction, after ``exchange`` (if any) lies in the archive."""

    exchange: Exchange | None
    apply: Callable[[Connection, RecordRef | None], Result]


@dataclass(frozen=True, slots=True)
class Polled:
    """A feed that brought no document: its row of the fetch log, if it was asked, and its new state.

    Most feeds of most rounds end like this, so these are written many at a time.
    """

    row: dict[str, Any] | None
    state: FeedState


_Waiting = tuple[Note[Any] | Polled, asyncio.Future[Any]]


class Recorder:
    """Use as an async context manager; ``write`` returns when its note is committed."""

    def __init__(
        self, ledger: Ledger, archive: Archive, confirm: Callable[[Connection], None] = lambda _: None
    ) -> None:
        """``confirm`` is called first in each transaction; what it raises undoes the batch."""
        self._ledger = ledger
        self._confirm = confirm
        self._archive = archive
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue()
        # A thread of its own, so that a slow disk holds up neither the network nor the text work.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")

    async def __aenter__(self) -> "Recorder":
        self._loop = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._loop.cancel()
        await asyncio.gather(self._loop, return_exceptions=True)
        self._thread.shutdown()

    async def jot(self, polled: Polled) -> None:
        """Queue the note; returns when it is committed."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        await self._queue.put((polled, done))
        await done

    async def write(self, note: Note[Result]) -> Result:
        """Queue the note; returns what its ``apply`` returned once the batch is committed."""
        done: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        await self._queue.put((note, done))
        return await done

    async def _run(self) -> None:
        while True:
            batch = await self._gather()
            notes = [note for note, _ in batch]
            try:
                results = await asyncio.get_running_loop().run_in_executor(self._thread, self._commit, notes)
            except Exception as error:
                _fail(batch, error)
                continue
            for (_, done), result in zip(batch, results, strict=True):
                if not done.done():
                    done.set_result(result)

    async def _gather(self) -> list[_Waiting]:
        batch = [await self._queue.get()]
        notes, size = _weight(batch[0][0])
        for _ in range(MAX_GATHERS):
            await asyncio.sleep(GATHER_SECONDS)
            if self._queue.empty():
                break
            while not self._queue.empty():
                if notes >= MAX_BATCH or size >= MAX_BATCH_BYTES:
                    return batch
                batch.append(self._queue.get_nowait())
                more, larger = _weight(batch[-1][0])
                notes, size = notes + more, size + larger
        return batch

    def _commit(self, notes: list[Note[Any] | Polled]) -> list[Any]:
        whole = [note for note in notes if isinstance(note, Note)]
        polled = [note for note in notes if isinstance(note, Polled)]
        with during("archive"):
            refs = iter(self._archive.write([note.exchange for note in whole if note.exchange is not None]))
        placed = [next(refs) if note.exchange is not None else None for note in whole]
        with during("ledger"), self._ledger.write() as connection:
            self._confirm(connection)
            runs.record_fetches(connection, [note.row for note in polled if note.row is not None])
            feeds.save_states(connection, [note.state for note in polled])
            done = iter([note.apply(connection, ref) for note, ref in zip(whole, placed, strict=True)])
        give_back()
        return [next(done) if isinstance(note, Note) else None for note in notes]


def _weight(note: Note[Any] | Polled) -> tuple[float, int]:
    """The part of a batch that a note makes, and its bytes."""
    if isinstance(note, Polled):
        return MAX_BATCH / MAX_POLLED, 0
    return 1, len(note.exchange.raw) if note.exchange is not None else 0


def _fail(batch: list[_Waiting], error: Exception) -> None:
    for _, done in batch:
        if not done.done():
            done.set_exception(error)
