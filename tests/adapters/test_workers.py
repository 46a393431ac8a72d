"""Worker processes: each call gets its own answer, whatever its neighbours do; nothing is left behind."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.adapters.inside_worker import MOST_HELD, WORTH_A_START
from pipeline.adapters.worker_process import CannotStart, WorkerProcess
from pipeline.adapters.workers import Workers, WorkFailed, WorkLost, WorkTimeout
from tests.support.worker_programs import PATIENCE, calls, gone


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers(2, limit=PATIENCE) as pool:
        yield pool


@pytest.fixture
def hasty() -> Iterator[Workers]:
    with Workers(2, limit=1.0) as pool:
        yield pool


def test_a_call_gives_what_the_function_returns(workers: Workers) -> None:
    assert workers.submit(calls.echo, {"a": (1, None, "\ud800")}).result(PATIENCE) == {"a": (1, None, "\ud800")}


def test_calls_run_in_other_processes(workers: Workers) -> None:
    assert workers.submit(calls.pid).result(PATIENCE) != os.getpid()


def test_a_call_that_raises_gives_its_exception_and_where_it_came_from(workers: Workers) -> None:
    with pytest.raises(LookupError, match="no such thing") as caught:
        workers.submit(calls.refuse, "no such thing").result(PATIENCE)
    assert "worker_calls.py" in caught.value.__notes__[0]


@pytest.mark.parametrize("call", [calls.refuse_awkwardly, calls.leave])
def test_an_exception_that_cannot_be_sent_is_told_in_words(workers: Workers, call: Callable[[], None]) -> None:
    with pytest.raises(WorkFailed, match=r"Awkward: odd ending|SystemExit: 7"):
        workers.submit(call).result(PATIENCE)


def test_a_result_that_cannot_be_sent_is_an_error_of_its_call_only(workers: Workers) -> None:
    before = workers.submit(calls.pid).result(PATIENCE)
    with pytest.raises(Exception, match="lambda"):
        workers.submit(calls.unsendable).result(PATIENCE)
    assert workers.submit(calls.pid).result(PATIENCE) == before


def test_asyncio_waits_for_calls(workers: Workers) -> None:
    async def both() -> list[int]:
        return await asyncio.gather(*(asyncio.wrap_future(workers.submit(calls.echo, n)) for n in range(5)))

    assert asyncio.run(both()) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("stuck", [calls.loop, calls.hang_in_c])
def test_a_call_that_takes_too_much_cpu_ends_though_its_time_is_not_over(stuck: Callable[[], None]) -> None:
    with Workers(1, limit=PATIENCE, cpu_limit=0.3) as pool:
        with pytest.raises(WorkTimeout, match=r"more than 0.3 s of CPU"):
            pool.submit(stuck).result(PATIENCE)
        assert pool.submit(calls.echo, "next").result(PATIENCE) == "next"


@pytest.mark.parametrize("greedy", [calls.hoard, calls.hoard_in_c])
def test_a_call_that_takes_too_much_memory_has_no_answer_and_the_next_one_has(greedy: Callable[[], object]) -> None:
    with Workers(1, limit=PATIENCE, cpu_limit=PATIENCE, memory=50_000_000) as pool:
        assert pool.submit(calls.hoard, 20_000_000).result(PATIENCE) == 20_000_000
        with pytest.raises(WorkFailed, match=r"more memory than a call may"):
            pool.submit(greedy, 200_000_000).result(PATIENCE)
        assert pool.submit(calls.hoard, 20_000_000).result(PATIENCE) == 20_000_000


@pytest.mark.parametrize("stuck", [calls.loop, calls.hang_in_c])
def test_a_stuck_call_is_killed_and_the_others_go_on(hasty: Workers, stuck: Callable[[], None]) -> None:
    overdue = hasty.submit(stuck)
    assert [hasty.submit(calls.echo, n).result(PATIENCE) for n in range(3)] == [0, 1, 2]
    with pytest.raises(WorkTimeout, match=r"longer than 1 s"):
        overdue.result(PATIENCE)
    assert [hasty.submit(calls.echo, n).result(PATIENCE) for n in range(3)] == [0, 1, 2]


@pytest.mark.parametrize(
    ("call", "argument", "cause"),
    [(calls.die, signal.SIGKILL, "SIGKILL"), (calls.die, signal.SIGSEGV, "SIGSEGV"), (calls.end, 3, "exit status 3")],
)
def test_a_dead_worker_loses_its_own_call_and_says_how_it_died(
    workers: Workers, call: Callable[[int], None], argument: int, cause: str
) -> None:
    with pytest.raises(WorkLost, match=cause):
        workers.submit(call, argument).result(PATIENCE)
    assert workers.submit(calls.echo, "still here").result(PATIENCE) == "still here"


def test_a_worker_killed_while_it_waits_harms_no_call() -> None:
    with Workers(1, limit=PATIENCE) as pool:
        for _ in range(3):
            first = pool.submit(calls.pid).result(PATIENCE)
            os.kill(first, signal.SIGKILL)
            assert pool.submit(calls.pid).result(PATIENCE) != first


KINDS = {
    "fine": lambda pool, n: pool.submit(calls.echo, n),
    "slow": lambda pool, n: pool.submit(calls.pid_after, 0.01),
    "raises": lambda pool, n: pool.submit(calls.refuse, f"call {n}"),
    "dies": lambda pool, n: pool.submit(calls.die),
}


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kinds=st.lists(st.sampled_from(sorted(KINDS)), min_size=4, max_size=12))
def test_every_call_gets_the_answer_to_itself(workers: Workers, kinds: list[str]) -> None:
    futures = [KINDS[kind](workers, number) for number, kind in enumerate(kinds)]
    for number, (kind, future) in enumerate(zip(kinds, futures, strict=True)):
        error = future.exception(PATIENCE)
        if kind == "dies":
            assert isinstance(error, WorkLost)
        elif kind == "raises":
            assert isinstance(error, LookupError)
            assert error.args == (f"call {number}",)
        else:
            assert error is None
            assert kind == "slow" or future.result() == number


def test_every_worker_is_equipped_also_the_one_that_follows_a_dead_one() -> None:
    with Workers(1, limit=PATIENCE, initializer=calls.equip_with, initargs=("rules",)) as pool:
        assert pool.submit(calls.equipment).result(PATIENCE) == "rules"
        assert isinstance(pool.submit(calls.die).exception(PATIENCE), WorkLost)
        assert pool.submit(calls.equipment).result(PATIENCE) == "rules"


def test_workers_that_cannot_be_equipped_say_so_for_every_call_and_are_not_started_again(tmp_path: Path) -> None:
    tries = tmp_path / "tries"
    given = (str(tries), 2 * MOST_HELD)
    with Workers(1, limit=PATIENCE, initializer=calls.cannot_equip, initargs=given) as pool:
        for _ in range(3):
            with pytest.raises(ValueError, match="no such rules"):
                pool.submit(calls.pid).result(PATIENCE)
    assert len(tries.read_text().split()) == 1


def test_a_worker_that_dies_before_it_takes_a_call_is_tried_once_more() -> None:
    with (
        Workers(1, limit=PATIENCE, initializer=calls.end, initargs=(3,)) as pool,
        pytest.raises(WorkLost, match="before it took the call, twice"),
    ):
        pool.submit(calls.pid).result(PATIENCE)


@pytest.mark.parametrize("trouble", [BlockingIOError(11, "no more"), EOFError("no more"), RuntimeError("no more")])
def test_where_no_process_can_be_started_the_call_is_lost(monkeypatch: pytest.MonkeyPatch, trouble: Exception) -> None:
    def refuse(_: object) -> None:
        raise trouble

    with Workers(1, limit=PATIENCE) as pool:
        monkeypatch.setattr("pipeline.adapters.worker_process._WithoutMain.start", refuse)
        with pytest.raises(WorkLost, match=r"could be started .*no more"):
            pool.submit(calls.pid).result(PATIENCE)
        monkeypatch.undo()
        assert pool.submit(calls.echo, "now").result(PATIENCE) == "now"


def test_a_worker_that_could_not_be_started_is_started_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    start = WorkerProcess.__init__
    troubles = [CannotStart("what forks them has died")]

    def start_at_last(self: WorkerProcess, *arguments: object) -> None:
        if troubles:
            raise troubles.pop()
        start(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(WorkerProcess, "__init__", start_at_last)
    with Workers(1, limit=PATIENCE) as pool:
        assert pool.submit(calls.echo, "again").result(PATIENCE) == "again"
    assert troubles == []


@pytest.mark.parametrize("size", [1, 3_000_000])
def test_a_worker_that_stands_still_is_replaced(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr("pipeline.adapters.worker_process.STALLED", 0.4)
    monkeypatch.setattr("pipeline.adapters.workers.START_LIMIT", 5.0)
    with Workers(1, limit=PATIENCE) as pool:
        first = pool.submit(calls.pid).result(PATIENCE)
        os.kill(first, signal.SIGSTOP)
        assert pool.submit(calls.echo, b"x" * size).result(PATIENCE) == b"x" * size
        assert gone(first)


def test_an_answer_that_cannot_be_taken_is_not_left_for_the_next_call(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(*_: object) -> None:
        raise MemoryError

    with Workers(1, limit=PATIENCE) as pool:
        first = pool.submit(calls.pid).result(PATIENCE)
        monkeypatch.setattr("pipeline.adapters.workers._Seat._answer", no_room)
        with pytest.raises(MemoryError):
            pool.submit(calls.pid).result(PATIENCE)
        monkeypatch.undo()
        assert gone(first)
        assert pool.submit(calls.echo, "mine").result(PATIENCE) == "mine"


def test_a_long_call_and_a_long_answer_arrive_whole(workers: Workers) -> None:
    pages = [bytes([number]) * 15_000_000 for number in range(3)]
    assert [future.result(PATIENCE) for future in [workers.submit(calls.echo, page) for page in pages]] == pages


def test_a_worker_is_replaced_after_its_share_of_calls() -> None:
    with Workers(1, limit=PATIENCE, max_tasks=2) as pool:
        pids = [pool.submit(calls.pid).result(PATIENCE) for _ in range(6)]
    assert len(set(pids)) == 3
    assert pids[0] == pids[1] != pids[2]


def worth_its_start(pool: Workers) -> int:
    """Have the only worker work for so long; its number."""
    spent = pool.submit(time.process_time).result(PATIENCE)
    number: int = pool.submit(calls.work, WORTH_A_START * spent).result(PATIENCE)
    return number


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a process holds")
def test_a_worker_that_holds_too_much_is_replaced_once_it_was_worth_its_start() -> None:
    with Workers(1, limit=PATIENCE, cpu_limit=PATIENCE) as pool:
        first = pool.submit(calls.keep, MOST_HELD // 2).result(PATIENCE)
        assert worth_its_start(pool) == first
        assert pool.submit(calls.keep, MOST_HELD // 2 + 1_000_000).result(PATIENCE) == first
        assert gone(first)
        second = worth_its_start(pool)
        assert second != first
        with pytest.raises(LookupError):
            pool.submit(calls.keep_and_refuse, MOST_HELD + 1_000_000).result(PATIENCE)
        assert gone(second)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a process holds")
def test_a_worker_that_was_dear_to_start_is_not_replaced_yet() -> None:
    with Workers(1, limit=PATIENCE, cpu_limit=PATIENCE, initializer=calls.work, initargs=(0.5,)) as pool:
        first = pool.submit(calls.keep, 2 * MOST_HELD).result(PATIENCE)
        assert pool.submit(calls.pid).result(PATIENCE) == first
