"""The one writer of a round: what it gathers into one transaction."""

import asyncio
from pathlib import Path

import pytest

from pipeline.adapters.archive import Archive
from pipeline.adapters.ledger.database import Ledger
from pipeline.flows.recorder import MAX_GATHERS, Note, Recorder


@pytest.mark.parametrize(("coming", "batches"), [(0, [1]), (1, [2]), (MAX_GATHERS + 9, [1 + MAX_GATHERS])])
def test_a_batch_waits_for_others_as_long_as_they_keep_coming_but_not_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, coming: int, batches: list[int]
) -> None:
    written: list[int] = []
    later: list[asyncio.Task[None]] = []
    sleep = asyncio.sleep

    def note() -> Note[None]:
        return Note(None, lambda _connection, _ref: written.append(written.pop() + 1))

    async def wait(_seconds: float) -> None:
        if len(later) < coming:
            later.append(asyncio.create_task(recorder.write(note())))
        await sleep(0)  # it takes its place in the queue

    async def write_all() -> None:
        nonlocal recorder
        async with Recorder(ledger, Archive(str(tmp_path / "raw")), lambda _: written.append(0)) as recorder:
            await recorder.write(note())
            await asyncio.gather(*later)

    recorder: Recorder
    monkeypatch.setattr(asyncio, "sleep", wait)
    with Ledger(f"sqlite:///{tmp_path}/ledger.db") as ledger:
        asyncio.run(write_all())
    assert written == batches
