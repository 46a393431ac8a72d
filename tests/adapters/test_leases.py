"""Leases and host slots in the ledger, on a real SQLite file and a real PostgreSQL. No test waits for time to pass."""

import os
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from pipeline.adapters.ledger import host_slots, leases
from pipeline.adapters.ledger.database import Ledger
from pipeline.adapters.ledger.database_clock import database_time
from pipeline.adapters.ledger.host_slots import Wish
from pipeline.adapters.process_name import is_gone, is_here, own_name, shown
from tests.support.databases import database

NAMES = ("slice-00", "slice-01")
HOST = "news.example.org"


def lives(_: str) -> bool:
    return False


def take(ledger: Ledger, holder: str, seconds: float = 60, *names: str) -> set[str]:
    with ledger.brief() as connection:
        return set(leases.take(connection, names or NAMES, holder, seconds, lives))


def keep(ledger: Ledger, holder: str, *names: str) -> bool:
    with ledger.brief() as connection:
        return leases.keep(connection, names or NAMES, holder, 60)


def test_a_lease_has_one_holder_until_it_is_given_back(ledger: Ledger) -> None:
    assert take(ledger, "one", 60, "slice-00") == {"slice-00"}
    assert take(ledger, "two") == {"slice-01"}
    assert take(ledger, "three") == set()
    with ledger.brief() as connection:
        leases.give_back(connection, "one")
        assert {name: holder for name, (holder, _) in leases.holders(connection, NAMES).items()} == {"slice-01": "two"}
    assert take(ledger, "three") == {"slice-00"}


def test_a_lease_that_has_run_out_goes_to_another_and_cannot_be_kept_then(ledger: Ledger) -> None:
    assert take(ledger, "killed", seconds=-1) == set(NAMES)
    assert take(ledger, "next") == set(NAMES)
    assert not keep(ledger, "killed")
    assert keep(ledger, "next")


def test_a_lease_that_ran_out_unnoticed_is_kept(ledger: Ledger) -> None:
    take(ledger, "slow", seconds=-1)
    assert keep(ledger, "slow")
    assert take(ledger, "next") == set()


def test_losing_one_of_several_leases_is_losing_them(ledger: Ledger) -> None:
    take(ledger, "one", -1)
    take(ledger, "two", 60, "slice-01")
    assert not keep(ledger, "one")


def test_the_lease_of_a_process_that_is_gone_need_not_run_out(ledger: Ledger) -> None:
    take(ledger, "killed")
    with ledger.brief() as connection:
        assert leases.take(connection, NAMES, "next", 60, lambda holder: holder == "killed") == set(NAMES)


def test_many_at_once_share_the_leases_without_overlap(ledger: Ledger) -> None:
    names = [f"slice-{number:02}" for number in range(16)]
    got: dict[str, set[str]] = {}

    def grab(holder: str) -> None:
        got[holder] = take(ledger, holder, 60, *names)

    threads = [threading.Thread(target=grab, args=(f"holder {number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = [name for mine in got.values() for name in mine]
    assert sorted(taken) == names


def test_a_lease_that_is_being_kept_right_now_is_passed_over_without_waiting(tmp_path: Path) -> None:
    with database("postgresql", tmp_path) as url, Ledger(url) as ledger:
        take(ledger, "slow", seconds=-1)
        with ledger.write() as connection:
            assert leases.keep(connection, NAMES, "slow", 60)
            assert take(ledger, "next") == set()
        assert keep(ledger, "slow")


def test_leases_are_kept_in_one_order_wherever_their_rows_lie(tmp_path: Path) -> None:
    """Else two transactions of one holder might each wait for a lease that the other one has just kept."""
    with database("postgresql", tmp_path) as url, Ledger(url) as ledger:
        take(ledger, "one")
        assert keep(ledger, "one", NAMES[0])  # written last, this row now lies behind the other
        waiting = threading.Thread(target=keep_reading_on, args=(ledger,))
        with ledger.brief() as first:
            leases.keep(first, NAMES[:1], "one", 60)
            waiting.start()
            wait_until_one_waits(ledger)
            with ledger.brief() as other:
                other.execute(text("SET LOCAL lock_timeout = '10s'"))
                assert leases.keep(other, NAMES[1:], "one", 60), "the one who waits holds nothing meanwhile"
        waiting.join()


def keep_reading_on(ledger: Ledger) -> None:
    """With a plan that takes rows as they lie."""
    with ledger.brief() as connection:
        for kind in ("indexscan", "bitmapscan"):
            connection.execute(text(f"SET LOCAL enable_{kind} = off"))
        assert leases.keep(connection, NAMES, "one", 60)


def wait_until_one_waits(ledger: Ledger) -> None:
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    while True:
        with ledger.read() as connection:
            if connection.execute(waiting).scalar_one():
                return


def test_leases_do_not_wait_for_a_writer_of_postgresql(tmp_path: Path) -> None:
    with database("postgresql", tmp_path) as url, Ledger(url) as ledger, ledger.write():
        assert take(ledger, "one") == set(NAMES)


def test_the_databases_clock_is_a_clock(ledger: Ledger) -> None:
    with ledger.read() as connection:
        assert abs((database_time(connection) - datetime.now(UTC)).total_seconds()) < 60


def ask(ledger: Ledger, holder: str, gap: float = 0.0, hold: float = 60.0, stated: float = 0.0) -> float:
    with ledger.brief() as connection:
        return host_slots.take(connection, Wish(HOST, holder, gap, hold, stated))


def answered(ledger: Ledger, holder: str, stated: float = 0.0) -> None:
    with ledger.brief() as connection:
        host_slots.give_back(connection, Wish(HOST, holder, 0.0, 60.0, stated))


def test_one_request_at_a_time_to_a_host(ledger: Ledger) -> None:
    assert ask(ledger, "one") == 0
    assert 0 < ask(ledger, "two") <= 1, "a request may end any time"
    answered(ledger, "one")
    assert ask(ledger, "two") == 0


def test_the_gap_begins_when_the_request_ends_and_holds_for_every_collector(ledger: Ledger) -> None:
    assert ask(ledger, "one", gap=500) == 0
    answered(ledger, "one")
    assert 490 < ask(ledger, "two", gap=500) <= 500
    assert 490 < ask(ledger, "one", gap=500) <= 500


def test_a_gap_that_one_has_read_in_robots_txt_holds_for_those_who_have_not(ledger: Ledger) -> None:
    assert ask(ledger, "one") == 0
    answered(ledger, "one", stated=500)
    assert 490 < ask(ledger, "two", gap=1) <= 500


def test_the_slot_of_a_killed_collector_is_free_when_its_time_is_over(ledger: Ledger) -> None:
    assert ask(ledger, "killed", hold=-1) == 0
    assert ask(ledger, "next") == 0


def test_who_comes_back_too_late_cannot_free_the_slot_of_another(ledger: Ledger) -> None:
    ask(ledger, "late", hold=-1)
    assert ask(ledger, "next") == 0
    answered(ledger, "late")
    assert ask(ledger, "third") > 0


def test_a_host_is_forgotten_when_no_gap_of_it_can_hold(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(ledger, "one", hold=-1)
    with ledger.brief() as connection:
        host_slots.forget(connection)
    assert ask(ledger, "two", gap=500) > 490, "asked a moment ago"
    monkeypatch.setattr(host_slots, "GAP_BELIEVED", -1.0)
    with ledger.brief() as connection:
        host_slots.forget(connection)
    assert ask(ledger, "two", gap=500) == 0
    with ledger.brief() as connection:
        host_slots.forget(connection)
    assert ask(ledger, "three") > 0, "a request is under way"


def test_a_process_is_known_by_its_name_and_gone_when_it_has_ended() -> None:
    assert (is_here(own_name()), is_gone(own_name())) == (True, False)
    program = "from pipeline.adapters.process_name import own_name; print(own_name())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert (is_here(done.stdout), is_gone(done.stdout)) == (False, True)
    assert own_name() != own_name()
    assert shown(own_name()).startswith(f"pid {os.getpid()} on ")


@pytest.mark.parametrize("name", ["", "one", "[]", "{}", '{"pid": 1, "birth": "x", "space": null}'])
def test_of_a_process_elsewhere_nothing_is_certain(name: str) -> None:
    assert (is_here(name), is_gone(name)) == (False, False)
    assert "process" in shown(name)


def test_a_process_of_another_machine_is_never_taken_for_gone() -> None:
    elsewhere = own_name().replace('"space": "', '"space": "other ')
    assert elsewhere != own_name()
    assert not is_gone(elsewhere)
