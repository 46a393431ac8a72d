"""A profile counts each second of CPU once, under the stage that spent it."""

import threading
import time

import pytest

from pipeline.flows import profile
from pipeline.flows.profile import STAGES, Profile, Spent, during, measured, profiling


def work(seconds: float = 0.02) -> None:
    """Uses so much CPU of this thread."""
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


def parse_and_extract(value: int) -> int:
    with during("parse"):
        work()
    with during("extract"):
        work()
    return value


def test_a_stage_within_a_stage_is_counted_once() -> None:
    made = Profile()
    begun = time.thread_time()
    with made.during("ledger"):
        work()
        with made.during("fold"):
            work(0.06)
    whole = time.thread_time() - begun
    spent = made.here()
    assert spent["fold"] >= 0.06
    assert 0.02 <= spent["ledger"] <= whole - 0.06
    assert sum(spent.values()) <= whole


def test_a_stage_that_fails_has_spent_its_time_all_the_same() -> None:
    made = Profile()
    with pytest.raises(LookupError), made.during("ledger"), made.during("fold"):
        work()
        raise LookupError
    with made.during("archive"):
        work()
    assert min(made.here()["fold"], made.here()["archive"]) >= 0.02


def test_threads_do_not_take_from_each_other() -> None:
    made = Profile()

    def archive() -> None:
        with made.during("archive"):
            work()

    with made.during("fetch"):
        thread = threading.Thread(target=archive)
        thread.start()
        work(0.05)
        thread.join()
    assert made.here()["fetch"] >= 0.05
    assert made.here()["archive"] >= 0.02


def test_nothing_is_measured_unless_somebody_asks() -> None:
    assert profile.running() is None
    with during("parse"):
        pass
    with profiling() as made:
        assert profile.running() is made
        with during("parse"):
            pass
    assert profile.running() is None
    assert set(made.here()) == {"parse"}


def test_what_workers_tell_is_summed_by_stage_and_their_own_time_by_process() -> None:
    made = Profile()
    made.add(Spent({"parse": 1.0}, worker=1, so_far=3.0, before=0.5))
    made.add(Spent({"parse": 1.0, "tag": 2.0}, worker=1, so_far=7.0, before=0.5))
    made.add(Spent({"tag": 1.0}, worker=2, so_far=2.0, before=0.5))
    spent = made.spent()
    assert tuple(spent) == STAGES
    assert (spent["parse"], spent["tag"]) == (2.0, 3.0)
    assert spent["workers"] == pytest.approx(0.5 + 7.0 + 2.0 - 5.0)


def test_a_measured_call_gives_its_result_and_what_it_took() -> None:
    result, spent = measured(parse_and_extract, (7,))
    assert result == 7
    assert set(spent.stages) == {"parse", "extract"}
    assert sum(spent.stages.values()) <= spent.so_far
    assert profile.running() is None
