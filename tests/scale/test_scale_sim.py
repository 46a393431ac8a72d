"""The product's own scheduler over a small invented world of two days."""

import asyncio
import random
from datetime import timedelta
from statistics import median

import pytest

from bench.scale.load_figures import Figures
from bench.scale.virtual_time import VirtualTime
from bench.scale.world import world
from bench.scale_sim import WARM_UP, Simulation
from pipeline.adapters.http import politeness

FEEDS, DAYS, EVERY = 500, 2.0, 10.0


def simulated(spread: float = 0.0) -> Figures:
    return Simulation(world(FEEDS, random.Random(3)), DAYS, EVERY, 2, 3, spread).run()


def test_no_host_is_asked_sooner_than_its_delay_and_the_second_day_is_even() -> None:
    figures = simulated()
    assert figures.too_soon == 0
    assert 6 <= figures.polls / FEEDS / DAYS <= 100
    warm = int(WARM_UP / timedelta(minutes=EVERY))
    hours = [sum(figures.asked[at : at + 6]) for at in range(warm, len(figures.asked) - 5, 6)]
    mean = sum(hours) / len(hours)
    assert min(hours) > mean * 0.7
    assert max(hours) < mean * 1.4


def test_polls_spread_over_the_round_are_more_even_and_less_late() -> None:
    """So few feeds are not even in each minute, since none of those that are late waits for long."""
    together, spread = simulated(), simulated(450.0)
    assert spread.too_soon == 0
    warm = int(WARM_UP / timedelta(minutes=1))
    assert max(spread.minutes[warm:]) < max(together.minutes[warm:]) / 2
    assert median(spread.late.elements()) < median(together.late.elements()) / 2
    assert 0.8 < spread.polls / together.polls < 1.4


def test_the_simulation_notices_a_host_that_is_asked_too_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(politeness.HostTurns, "widen", lambda *_: None)
    assert simulated().too_soon > 0


def test_the_simulations_clock_leaps_and_keeps_order() -> None:
    loop, woken = VirtualTime(), []

    async def sleeper(seconds: float) -> None:
        await asyncio.sleep(seconds)
        woken.append((seconds, loop.time()))

    async def both() -> None:
        await asyncio.gather(sleeper(7200), sleeper(60))

    loop.run_until_complete(both())
    loop.close()
    assert [(seconds, round(at)) for seconds, at in woken] == [(60, 60), (7200, 7200)]
