"""The one writer of a round: gathers finished work into batches, archives it, then commits it in one transaction."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pipeline.adapters.archive import Archive
from pipeline.adapters.ledger.database import Connection, Ledger
from pipeline.model import Exchange, RecordRef

MAX_BATCH = 64
MAX_BATCH_BYTES = 16_000_000
GATHER_SECONDS = 0.05

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Note(Generic[Result]):
    """Something to write: ``apply`` runs inside the transaction, after ``exchange`` (if any) lies in the archive."""

    exchange: Exchange | None
    apply: Callable[[Connection, RecordRef | None], Result]


class Recorder:
    """Use as an async context manager; ``write`` returns when its note is committed."""

    def __init__(self, ledger: Ledger, archive: Archive) -> None:
        self._ledger = ledger
        self._archive = archive
        self._queue: asyncio.Queue[tuple[Note[Any], asyncio.Future[Any]]] = asyncio.Queue()
        # A thread of its own, so that a slow disk holds up neither the network nor the text work.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")

    async def __aenter__(self) -> "Recorder":
        self._loop = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._loop.cancel()
        await asyncio.gather(self._loop, return_exceptions=True)
        self._thread.shutdown()

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

    async def _gather(self) -> list[tuple[Note[Any], asyncio.Future[Any]]]:
        batch = [await self._queue.get()]
        if self._queue.empty():
            await asyncio.sleep(GATHER_SECONDS)
        size = _weight(batch[0][0])
        while len(batch) < MAX_BATCH and size < MAX_BATCH_BYTES and not self._queue.empty():
            batch.append(self._queue.get_nowait())
            size += _weight(batch[-1][0])
        return batch

    def _commit(self, notes: list[Note[Any]]) -> list[Any]:
        refs = iter(self._archive.write([note.exchange for note in notes if note.exchange is not None]))
        placed = [next(refs) if note.exchange is not None else None for note in notes]
        with self._ledger.write() as connection:
            return [note.apply(connection, ref) for note, ref in zip(notes, placed, strict=True)]


def _weight(note: Note[Any]) -> int:
    return len(note.exchange.raw) if note.exchange is not None else 0


def _fail(batch: list[tuple[Note[Any], asyncio.Future[Any]]], error: Exception) -> None:
    for _, done in batch:
        if not done.done():
            done.set_exception(error)
