"""Entries beyond a few of each host wait as numbers, and each has its turn exactly once."""

import random
from collections import Counter, deque

from hypothesis import given
from hypothesis import strategies as st

from pipeline.flows.host_lines import HostLines

FEW, CROWD, HURRY = 3, 7, 5
HOSTS = st.sampled_from(["a", "b", "c", "d"])


@given(entered=st.lists(HOSTS, max_size=60), seed=st.randoms(use_true_random=False), hurry_after=st.integers(0, 60))
def test_each_entry_has_its_turn_once_in_the_order_of_its_host_and_few_have_it_at_once(
    entered: list[str], seed: random.Random, hurry_after: int
) -> None:
    lines = HostLines(FEW, CROWD, HURRY)
    working: list[tuple[str, int]] = []
    begun: list[tuple[str, int]] = []
    arriving = deque(enumerate(entered))
    done = 0
    while arriving or working:
        if arriving and (not working or seed.random() < 0.6):
            number, host = arriving.popleft()
            started = [(host, number)] if lines.enter(host, number) else []
            assert lines.waits(number) != bool(started)
        else:
            host, number = working.pop(seed.randrange(len(working)))
            done += 1
            started = [(host, n) for n in lines.leave(host, hurry=done > hurry_after)]
            assert not any(lines.waits(n) for _, n in started)
        working += started
        begun += started
        most = FEW if done <= hurry_after else HURRY
        assert max(Counter(host for host, _ in working).values(), default=0) <= most
        if done <= hurry_after:
            assert len(working) <= CROWD + len(set(entered))
    assert Counter(number for _, number in begun) == Counter(range(len(entered)))
    for host in set(entered):
        mine = [number for name, number in begun if name == host]
        assert mine == sorted(mine)


def test_a_hundred_thousand_entries_of_a_thousand_hosts_are_never_many_at_once() -> None:
    lines = HostLines()
    begun = [(n % 1000, n) for n in range(100_000) if lines.enter(str(n % 1000), n)]
    assert len(begun) <= 1000
    most, turns = len(begun), 0
    while begun:
        host, _ = begun.pop()
        turns += 1
        begun += [(host, n) for n in lines.leave(str(host), hurry=False)]
        most = max(most, len(begun))
    assert (turns, most <= 1000) == (100_000, True)


def test_a_host_with_a_line_lets_nobody_pass() -> None:
    lines = HostLines(1, 100, 1)
    assert lines.enter("a", 1)
    assert not lines.enter("a", 2)
    assert lines.leave("a", hurry=False) == (2,)
    assert not lines.enter("a", 3)
    assert lines.leave("a", hurry=False) == (3,)
    assert lines.leave("a", hurry=False) == ()
