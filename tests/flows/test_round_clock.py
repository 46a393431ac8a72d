"""The clock of a round: one for all machines that share a ledger."""

from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from pipeline.adapters.ledger.database import Ledger
from pipeline.adapters.ledger.overview import past_runs
from pipeline.flows import clock
from pipeline.flows import round as flow
from tests.support.databases import postgres_database
from tests.support.rounds import NOON, settings_of

AHEAD = timedelta(hours=7)


@pytest.fixture
def ledgers_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine's clock is seven hours behind the database's."""
    true_time = clock.database_time
    monkeypatch.setattr(clock, "database_time", lambda connection: true_time(connection) + AHEAD)


def test_a_worker_with_a_wrong_clock_goes_by_the_ledgers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ahead = timedelta(hours=7)
    true_time = clock.database_time
    with postgres_database() as url, Ledger(url) as ledger:
        assert clock.round_clock(ledger, None) is clock.system_clock
        assert clock.round_clock(ledger, NOON)() == NOON
        monkeypatch.setattr(clock, "database_time", lambda connection: true_time(connection) + ahead)
        with capture_logs() as told:
            shown = clock.round_clock(ledger, None)()
        assert abs(shown - clock.system_clock() - ahead) < timedelta(minutes=1)
        assert "clock is wrong" in str(told)
    with Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}") as ledger:
        assert clock.round_clock(ledger, None) is clock.system_clock


@pytest.mark.usefixtures("ledgers_time")
def test_every_step_of_a_round_is_dated_by_the_ledgers_clock(tmp_path: Path) -> None:
    with postgres_database() as url:
        settings = settings_of(tmp_path, [], database_url=url)
        run_id = flow.plan(settings)
        flow.collect(settings, run_id)
        flow.report(settings, run_id)
        with Ledger(url) as ledger, ledger.read() as connection:
            (run,) = past_runs(connection, 1)
    assert run.ended_at is not None
    for moment in (run.started_at, run.ended_at):
        assert abs(moment - clock.system_clock() - AHEAD) < timedelta(minutes=5)
