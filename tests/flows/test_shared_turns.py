"""Turns that collectors share: every host at its pace, whoever asks it."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from pipeline.adapters.http.politeness import RoundOver
from pipeline.adapters.ledger import host_slots
from pipeline.adapters.ledger.database import Ledger
from pipeline.adapters.ledger.host_slots import Wish
from pipeline.flows.shared_turns import SharedTurns
from tests.support.databases import database

HOST = "news.example.org"


def turns_of(ledger: Ledger, holder: str, gap: float, limit: float = 60.0) -> SharedTurns:
    return SharedTurns(ledger, holder, gap, time.monotonic() + limit, time_limit=30.0)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_gap_of_a_host_holds_across_collectors(tmp_path: Path, kind: str) -> None:
    """Both ask at once, each would be in step with itself alone; a gap counts from the end of a request."""
    gap, spans = 0.1, []

    async def visit(turns: SharedTurns) -> None:
        for _ in range(4):
            async with turns.turn(HOST):
                begun = time.monotonic()
                await asyncio.sleep(0.02)
                spans.append((begun, time.monotonic()))

    async def visit_both(ledger: Ledger) -> None:
        await asyncio.gather(*(visit(turns_of(ledger, name, gap)) for name in ("one", "two")))

    with database(kind, tmp_path) as url, Ledger(url) as ledger:
        asyncio.run(visit_both(ledger))
    assert len(spans) == 8
    assert min(later[0] - earlier[1] for earlier, later in pairwise(sorted(spans))) >= gap


def test_what_one_collector_reads_in_robots_txt_holds_for_the_other(tmp_path: Path) -> None:
    async def visit_both(ledger: Ledger) -> None:
        one, two = turns_of(ledger, "one", 0.01), turns_of(ledger, "two", 0.01, limit=5.0)
        one.widen(HOST, 100.0)
        async with one.turn(HOST):
            pass
        with pytest.raises(RoundOver):  # its turn would come after the end of the round
            async with two.turn(HOST):
                pass

    with database("postgresql", tmp_path) as url, Ledger(url) as ledger:
        asyncio.run(visit_both(ledger))


def test_a_host_without_a_gap_costs_the_ledger_nothing(tmp_path: Path) -> None:
    async def visit(ledger: Ledger) -> None:
        async with turns_of(ledger, "one", 0.0).turn(HOST):
            pass

    with Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}") as ledger:
        asyncio.run(visit(ledger))
        with ledger.brief() as connection:
            assert host_slots.take(connection, Wish(HOST, "two", 100.0, 60.0)) == 0


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_widened_gap_is_kept_for_a_day(tmp_path: Path, kind: str) -> None:
    noon = datetime(2024, 10, 20, 12, tzinfo=UTC)
    with database(kind, tmp_path) as url, Ledger(url) as ledger:
        with ledger.write() as connection:
            host_slots.keep_gaps(connection, {HOST: 2.0, "other.example": 4.0}, noon)
            host_slots.keep_gaps(connection, {HOST: 8.0}, noon + timedelta(hours=20))
        with ledger.read() as connection:
            assert host_slots.kept_gaps(connection, noon + timedelta(hours=21)) == {HOST: 8.0, "other.example": 4.0}
            assert host_slots.kept_gaps(connection, noon + timedelta(hours=25)) == {HOST: 8.0}
            assert host_slots.kept_gaps(connection, noon + timedelta(hours=45)) == {}


def test_a_collector_that_is_refused_never_narrows_the_gap_of_earlier_rounds(tmp_path: Path) -> None:
    async def visit(ledger: Ledger) -> None:
        turns = SharedTurns(ledger, "one", 0.01, time.monotonic() + 60, time_limit=30.0, kept={HOST: 8.0})
        async with turns.turn(HOST):
            turns.refused(HOST)

    with Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}") as ledger:
        asyncio.run(visit(ledger))
        with ledger.read() as connection:
            assert host_slots.kept_gaps(connection, datetime.now(UTC)) == {HOST: 16.0}
