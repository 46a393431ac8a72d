"""An entry that a round opens several times is worked on once, and once more where its feed says something else."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.adapters.ledger.entries import OpenEntry
from pipeline.flows import work_round
from pipeline.model import Entry

SAID = OpenEntry(
    id=7, feed_id="quay", entry=Entry("7", "http://quay.test/7", "Ferry leaves"), attempts=0, story_id=None
)
CORRECTED = replace(SAID, entry=replace(SAID.entry, title="Ferry leaves late"))


@pytest.mark.parametrize(
    ("opened", "worked_on"),
    [([SAID, SAID], ["Ferry leaves"]), ([SAID, CORRECTED], ["Ferry leaves", CORRECTED.entry.title])],
)
def test_an_entry_is_worked_on_once_for_each_thing_that_its_feed_says(
    monkeypatch: pytest.MonkeyPatch, opened: list[OpenEntry], worked_on: list[str]
) -> None:
    done: list[str] = []

    async def feeds_in_turn(_polls: Any) -> AsyncIterator[Any]:
        for number in range(len(opened)):
            yield SimpleNamespace(id=str(number))
            while len(done) < number + 1 and number == 0:
                await asyncio.sleep(0)  # what the first has opened is done before the next speaks

    async def poll(_tools: Any, feed: Any, _state: Any) -> list[OpenEntry]:
        return [opened[int(feed.id)]]

    async def follow(_tools: Any, entry: OpenEntry) -> None:
        done.append(entry.entry.title)

    monkeypatch.setattr(work_round, "in_time", feeds_in_turn)
    monkeypatch.setattr(work_round, "poll", poll)
    monkeypatch.setattr(work_round, "follow", follow)
    tools = SimpleNamespace(feeds={"quay": SimpleNamespace(full_text="page")}, client=SimpleNamespace(is_over=False))
    turn: Any = work_round._Round(tools, {}, lambda *_: None)  # type: ignore[arg-type]
    asyncio.run(turn.run([SimpleNamespace()] * len(opened), [], []))
    assert done == worked_on
    assert not turn._said  # once the last feed has spoken
