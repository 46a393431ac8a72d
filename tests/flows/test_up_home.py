"""Who holds a home: one ``sitrep up`` at a time, ended by ``sitrep down``, taken over after a kill."""

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.adapters.local_node import LocalNode
from pipeline.adapters.processes import ProcessId, identify
from pipeline.adapters.sessions import members
from pipeline.errors import CannotRun
from pipeline.flows.up.node import OwnNode
from pipeline.flows.up.record import Record, only_one, read_record, write_record
from pipeline.flows.up.signals import interruptible, undisturbed
from pipeline.settings import Settings, load_settings
from tests.support.command import Ran, sitrep
from tests.support.rounds import settings_of
from tests.support.stand_ins import hold, until

CLOSED = "http://127.0.0.1:9"


def up_over(home: Path, feed: str = "http://127.0.0.1:9/feed", **more: str) -> Ran:
    """``sitrep up`` that finds all in order but a running server; Airflow is not reached in these tests."""
    settings = settings_of(home, [feed])
    given = {"home": str(home), "feeds": str(settings.feeds), "allow_hosts": "127.0.0.1", "elasticsearch_url": CLOSED}
    return sitrep("up", **{**given, **more})


def left(parts: dict[str, ProcessId]) -> list[str]:
    return [name for name, session in parts.items() if members(session)]


def test_a_second_up_is_refused_with_the_pid_of_the_first(tmp_path: Path) -> None:
    holder, parts = hold(tmp_path)
    refused = up_over(tmp_path)
    assert refused.status == 4
    assert f"pid {holder.pid}, started 2024-10-21T12:00:00Z" in refused.err
    assert "sitrep down" in refused.err
    assert left(parts) == ["api-server", "scheduler"]
    sitrep("down", home=str(tmp_path))
    holder.wait()


def test_down_ends_the_supervisor_and_all_it_owns(tmp_path: Path) -> None:
    holder, parts = hold(tmp_path)
    done = sitrep("down", home=str(tmp_path))
    api, scheduler = (session.pid for session in parts.values())
    assert done.out == f"stopped: supervisor (pid {holder.pid}), api-server (pid {api}), scheduler (pid {scheduler})\n"
    assert (done.status, holder.wait(), left(parts)) == (0, 0, [])
    assert sitrep("down", home=str(tmp_path)).out == "nothing is running\n"


def test_down_where_nothing_was_ever_started_says_so_and_makes_nothing(tmp_path: Path) -> None:
    done = sitrep("down", home=str(tmp_path / "nothing"))
    assert (done.status, done.out) == (0, "nothing is running\n")
    assert not (tmp_path / "nothing").exists()


def test_nothing_outlives_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    holder, parts = hold(tmp_path)
    holder.kill()
    holder.wait()
    until(lambda: left(parts) == [])
    with only_one(tmp_path):
        assert read_record(tmp_path).holder is None


def killed_with_its_keepers(home: Path) -> dict[str, ProcessId]:
    """The worst case: nobody is left who would end the programs."""
    holder, parts = hold(home)
    os.kill(holder.pid, signal.SIGSTOP)  # it sees no keeper die
    for session in parts.values():
        os.kill(session.pid, signal.SIGKILL)
    holder.kill()
    holder.wait()
    assert left(parts) == ["api-server", "scheduler"]
    return parts


def test_down_ends_what_a_killed_supervisor_and_its_keepers_left(tmp_path: Path) -> None:
    parts = killed_with_its_keepers(tmp_path)
    done = sitrep("down", home=str(tmp_path))
    assert (done.status, left(parts)) == (0, [])
    assert "supervisor" not in done.out
    assert f"scheduler (pid {parts['scheduler'].pid})" in done.out


def test_the_next_up_ends_what_was_left_before_it_starts_anything(tmp_path: Path) -> None:
    parts = killed_with_its_keepers(tmp_path)
    (tmp_path / "logs").write_text("in the way, so that Airflow cannot be started")
    refused = up_over(tmp_path)
    assert (refused.status, left(parts)) == (4, [])
    assert f"ending the scheduler that an earlier 'sitrep up' has left (pid {parts['scheduler'].pid})" in refused.err
    assert read_record(tmp_path).parts == {}
    assert "Traceback" not in refused.err


def test_processes_that_got_a_noted_number_later_are_left_alone(tmp_path: Path) -> None:
    holder, parts = hold(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    stale = {name: replace(session, birth="another-boot/1") for name, session in parts.items()}
    me = identify(holder.pid)
    assert me is not None
    write_record(other, Record(replace(me, birth="another-boot/1"), None, 8080, stale))
    assert sitrep("down", home=str(other)).out == "nothing is running\n"
    assert left(parts) == ["api-server", "scheduler"]
    sitrep("down", home=str(tmp_path))
    holder.wait()


@pytest.mark.parametrize("content", [b"", b"{", b'{"parts": 5}', b"\xff"])
def test_a_note_that_cannot_be_read_counts_as_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "up.json").write_bytes(content)
    assert read_record(tmp_path) == Record()


def test_every_mistake_is_named_before_anything_is_started(tmp_path: Path) -> None:
    wrong = tmp_path / "feeds.yaml"
    wrong.write_text("feeds:\n  - {id: A, url: 'ftp://example.org'}\n")
    refused = sitrep("up", home=str(tmp_path / "home"), feeds=str(wrong), schedule="now and then")
    assert refused.status == 2
    assert "SITREP_SCHEDULE: 'now and then' is not a cron line" in refused.err
    assert refused.err.count("feeds.yaml") >= 2
    assert not (tmp_path / "home").exists()


def test_a_contact_is_asked_for_before_anything_is_started(tmp_path: Path) -> None:
    refused = up_over(tmp_path, "https://example.org/feed")
    assert (refused.status, refused.out) == (2, "")
    assert "SITREP_CONTACT is not set" in refused.err
    assert not (tmp_path / "up.json").exists()


def test_a_ledger_of_a_newer_program_is_refused_before_anything_is_started(tmp_path: Path) -> None:
    import sqlite3

    with sqlite3.connect(tmp_path / "ledger.sqlite") as ledger:
        ledger.execute("CREATE TABLE alembic_version (version_num TEXT)")
        ledger.execute("INSERT INTO alembic_version VALUES ('9999')")
    refused = up_over(tmp_path)
    assert (refused.status, "newer Sitrep" in refused.err) == (4, True)
    assert not (tmp_path / "up.json").exists()


def test_a_node_that_ran_before_is_used_and_not_stopped(node: LocalNode, tmp_path: Path) -> None:
    home: Path = node.status().data.parents[1]
    own = OwnNode(load_settings().model_copy(update={"home": home}), print, was_ours=False)
    assert own.start() == node.running()
    own.mend()
    assert (own.is_ours, own.end()) == (False, False)
    assert node.running() is not None


def test_a_node_that_cannot_be_started_is_given_up_in_the_end(tmp_path: Path) -> None:
    (tmp_path / "elasticsearch").write_text("in the way")
    said: list[str] = []
    own = OwnNode(Settings(home=tmp_path, cache=tmp_path), said.append, was_ours=False)
    with pytest.raises(CannotRun, match="SITREP_ELASTICSEARCH_URL"):
        for _ in range(20):
            own.mend()
    assert len(said) == 5


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_every_way_of_being_told_to_end_is_an_interrupt(number: signal.Signals) -> None:
    with pytest.raises(KeyboardInterrupt), interruptible():
        os.kill(os.getpid(), number)
        signal.pause()


def test_an_interrupt_that_a_shell_has_a_background_job_ignore_is_heeded() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with pytest.raises(KeyboardInterrupt), interruptible():
            os.kill(os.getpid(), signal.SIGINT)
            signal.pause()
    finally:
        signal.signal(signal.SIGINT, before)


def test_the_end_is_not_disturbed_by_a_second_call() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with interruptible(), undisturbed():
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_hang_up_that_nohup_has_us_ignore_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interruptible():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)
