"""The gap between two requests to one host, on a clock that only the test moves."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.adapters.http.politeness import HOST_CONCURRENCY, HostTurns, RoundOver


class Time:
    """Moves when somebody sleeps: straight to the end of the shortest sleep."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.now + seconds, done))
        for _ in range(20):  # whoever else can go on does so first
            await asyncio.sleep(0)
        while not done.done():
            self._sleepers.sort(key=lambda pair: pair[0])
            self.now, first = max(self.now, self._sleepers[0][0]), self._sleepers.pop(0)[1]
            if not first.done():
                first.set_result(None)
            for _ in range(20):
                await asyncio.sleep(0)


class Visits:
    """When each request to a host began and ended, and how many were under way at once."""

    def __init__(self, turns: HostTurns, time: Time) -> None:
        self.turns, self.time = turns, time
        self.spans: list[tuple[str, float, float]] = []
        self.refused = 0
        self.most = 0
        self._now = 0

    async def visit(self, host: str, seconds: float = 0.0) -> None:
        try:
            async with self.turns.turn(host):
                self._now += 1
                self.most = max(self.most, self._now)
                begun = self.time.now
                await self.time.sleep(seconds)
                self.spans.append((host, begun, self.time.now))
                self._now -= 1
        except RoundOver:
            self.refused += 1

    def begun(self, host: str) -> list[float]:
        return sorted(begun - 1000.0 for name, begun, _ in self.spans if name == host)


def visited(plan: Callable[[Visits], Awaitable[object]], *, gap: float = 5.0, limit: float = 10_000.0) -> Visits:
    async def run() -> Visits:
        time = Time()
        visits = Visits(HostTurns(gap, time.now + limit, clock=time.clock, sleep=time.sleep), time)
        await plan(visits)
        return visits

    return asyncio.run(run())


def test_a_host_has_its_gap_between_two_requests() -> None:
    visits = visited(lambda v: asyncio.gather(*(v.visit("a") for _ in range(4))))
    assert visits.begun("a") == [0, 5, 10, 15]
    assert visits.most == 1


def test_the_gap_begins_when_a_request_ends() -> None:
    visits = visited(lambda v: asyncio.gather(*(v.visit("a", seconds=2.0) for _ in range(3))))
    assert visits.begun("a") == [0, 7, 14]


def test_hosts_do_not_wait_for_each_other() -> None:
    visits = visited(lambda v: asyncio.gather(*(v.visit(host) for host in "abcabc")))
    assert [visits.begun(host) for host in "abc"] == [[0, 5]] * 3


def test_without_a_gap_a_host_has_several_requests_under_way_but_not_any_number() -> None:
    visits = visited(lambda v: asyncio.gather(*(v.visit("a", seconds=1.0) for _ in range(12))), gap=0.0)
    assert visits.most == HOST_CONCURRENCY
    assert visits.begun("a") == [0] * 4 + [1] * 4 + [2] * 4


def test_a_site_may_ask_for_a_wider_gap_and_it_holds_at_once() -> None:
    async def plan(visits: Visits) -> None:
        await visits.visit("a")
        visits.turns.widen("a", 30.0)
        await asyncio.gather(*(visits.visit("a") for _ in range(2)))

    for gap in (0.0, 5.0):
        visits = visited(plan, gap=gap)
        assert visits.begun("a") == [0, 30, 60]
        assert visits.most == 1


def test_a_site_cannot_ask_for_a_narrower_gap() -> None:
    async def plan(visits: Visits) -> None:
        visits.turns.widen("a", 30.0)
        visits.turns.widen("a", 1.0)
        visits.turns.widen("b", 1.0)
        await asyncio.gather(*(visits.visit(host) for host in "aabb"))

    visits = visited(plan)
    assert (visits.begun("a"), visits.begun("b")) == ([0, 30], [0, 5])


def test_no_turn_begins_once_the_round_is_over() -> None:
    for limit in (10.0, 14.9):
        visits = visited(lambda v: asyncio.gather(*(v.visit("a") for _ in range(6))), limit=limit)
        assert visits.begun("a") == ([0, 5] if limit == 10.0 else [0, 5, 10])
        assert visits.refused == 6 - len(visits.spans)


def test_a_turn_that_would_begin_after_the_round_is_refused_at_once() -> None:
    async def plan(visits: Visits) -> None:
        await visits.visit("a")
        visits.turns.widen("a", 100.0)
        await visits.visit("a")
        assert visits.time.now == 1000.0

    visits = visited(plan, limit=12.0)
    assert (visits.begun("a"), visits.refused) == ([0], 1)


@pytest.mark.parametrize(("limit", "is_over"), [(0.0, True), (-1.0, True), (0.5, False)])
def test_the_round_is_over_at_its_limit(limit: float, is_over: bool) -> None:
    turns = HostTurns(0.0, 1000.0 + limit, clock=lambda: 1000.0)
    if is_over:
        with pytest.raises(RoundOver):
            turns.check()
    else:
        turns.check()


def test_a_request_that_fails_gives_its_turn_back() -> None:
    async def plan(visits: Visits) -> None:
        with pytest.raises(ValueError, match="broken"):
            async with visits.turns.turn("a"):
                raise ValueError("broken")
        await visits.visit("a")

    assert visited(plan).begun("a") == [5]


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from([0.0, 0.5, 3.0, 9.0])), max_size=12),
    st.sampled_from([1.0, 5.0]),
)
def test_two_requests_to_one_host_are_never_closer_than_the_gap(plan: list[tuple[str, float]], gap: float) -> None:
    visits = visited(lambda v: asyncio.gather(*(v.visit(host, seconds) for host, seconds in plan)), gap=gap)
    assert len(visits.spans) == len(plan)
    for host in "ab":
        spans = sorted((begun, ended) for name, begun, ended in visits.spans if name == host)
        for (_, ended), (begun, _) in pairwise(spans):
            assert begun >= ended + gap


def gap_after(gap: float, act: Callable[[HostTurns], None]) -> float:
    """The gap that two requests to a host have after something happened on it."""
    time = Time()
    turns = HostTurns(gap, 10**9, clock=time.clock, sleep=time.sleep)
    visits = Visits(turns, time)

    async def run() -> None:
        act(turns)
        await asyncio.gather(visits.visit("a"), visits.visit("a"))

    asyncio.run(run())
    first, second = visits.begun("a")
    return second - first


@pytest.mark.parametrize(
    ("gap", "answered", "expected"), [(0.2, [0.8], 1.6), (5, [0.3], 5), (5, [10], 20), (5, [900], 60), (0, [3], 0)]
)
def test_the_gap_follows_the_response_time(gap: float, answered: list[float], expected: float) -> None:
    def act(turns: HostTurns) -> None:
        for seconds in answered:
            turns.answered("a", seconds)

    assert gap_after(gap, act) == pytest.approx(expected)


def test_a_site_that_recovers_gets_its_old_gap_back() -> None:
    def act(turns: HostTurns) -> None:
        for seconds in (10.0, *[0.1] * 10):
            turns.answered("a", seconds)

    assert gap_after(5, act) == pytest.approx(5)


@pytest.mark.parametrize(("gap", "times", "expected"), [(5, 1, 10), (5, 2, 20), (0, 1, 1), (0, 3, 4), (5, 50, 120)])
def test_each_refusal_doubles_the_gap_up_to_two_minutes(gap: float, times: int, expected: float) -> None:
    def act(turns: HostTurns) -> None:
        for _ in range(times):
            turns.refused("a")
        turns.answered("a", 0.01)

    assert gap_after(gap, act) == pytest.approx(expected)


def test_a_gap_that_refusals_have_widened_holds_in_the_next_round() -> None:
    time = Time()
    turns = HostTurns(5, 10**9, kept={"a": 40}, clock=time.clock, sleep=time.sleep)
    visits = Visits(turns, time)

    async def run() -> None:
        await asyncio.gather(*(visits.visit(host) for host in "aabb"))
        assert turns.penalties() == {}  # what is kept is kept as long as the last refusal says
        turns.answered("a", 0.01)
        turns.refused("a")

    asyncio.run(run())
    assert (visits.begun("a"), visits.begun("b")) == ([0, 40], [0, 5])
    assert turns.penalties() == {"a": 80}


def test_a_crawl_delay_is_no_refusal() -> None:
    turns = HostTurns(5, 10**9)
    turns.widen("a", 30)
    assert turns.penalties() == {}


def test_those_whose_turn_cannot_come_within_the_round_are_told_at_once() -> None:
    time = Time()
    turns = HostTurns(10.0, 1000.0 + 35, clock=time.clock, sleep=time.sleep)
    visits = Visits(turns, time)
    refused_at: list[float] = []

    async def visit() -> None:
        before = visits.refused
        await visits.visit("a")
        if visits.refused > before:
            refused_at.append(time.now)

    async def run() -> None:
        await asyncio.gather(*(visit() for _ in range(500)))

    asyncio.run(run())
    assert len(visits.begun("a")) == 4
    assert visits.refused == 496
    assert refused_at.count(1000.0) >= 490
