"""Whole rounds beside the peer's, in turns: CPU a story, memory, and what a second core brings."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from bench import measure
from bench.home import SITREP
from bench.speed.goals import Goal, Row
from bench.speed.newsroom import Newsroom, answer, on_cores
from bench.speed.text import Yardstick

TURNS = 2
WALL_TURNS = 3


@dataclass(frozen=True, slots=True)
class Pass:
    """One system once over all pages; seconds are of CPU, without Elasticsearch, start included."""

    stories: int
    cost: measure.Cost

    @property
    def each(self) -> float:
        return self.cost.cpu / self.stories


def rows(newsroom: Newsroom, yardstick: Yardstick) -> Iterator[Row]:
    """Rounds of both systems in turns over the same pages, into the same server."""
    theirs, ours = [], []
    for turn in range(TURNS):
        theirs.append(_peer(newsroom, turn))
        ours.append(_round(newsroom, f"round-{turn}"))
    yield from _costs(ours, theirs, yardstick)
    yield from _cores(newsroom)


def _costs(ours: list[Pass], theirs: list[Pass], yardstick: Yardstick) -> Iterator[Row]:
    unit, each = median(peer.each for peer in theirs), median(one.each for one in ours)
    detail = f"{_ms(each)} against U = {_ms(unit)}; spread {_spread(ours)} and {_spread(theirs)}"
    yield Row("end to end, CPU per story", each / unit, "U", Goal(0.40, 0.25), detail)
    parse = yardstick.parse()
    rest = each - yardstick.extract()
    yield Row("all that is not extraction", rest / parse, "L", Goal(4, 3), f"{_ms(rest)}, L = {_ms(parse)}")
    peak = max(one.cost.peak_memory for one in ours)
    workers = max(one.cost.peak_memory - one.cost.peak_memory_main for one in ours)
    peer_peak = max(peer.cost.peak_memory for peer in theirs)
    detail = f"workers {workers / 1e6:.0f} MB of it; the peer, one process: {peer_peak / 1e6:.0f} MB"
    yield Row("peak memory (PSS), two workers", peak / 1e6, "MB", Goal(250, 180), detail)


def _cores(newsroom: Newsroom) -> Iterator[Row]:
    """Wall time of a round kept to one core against two, the least of some turns: others only ever make it longer."""
    one, two = [], []
    for turn in range(WALL_TURNS):
        one.append(_round(newsroom, f"one-core-{turn}", cores=1).cost.seconds)
        two.append(_round(newsroom, f"two-cores-{turn}", cores=2).cost.seconds)
    detail = f"{min(one):.1f} s and {min(two):.1f} s; up to {max(one):.1f} s and {max(two):.1f} s"
    yield Row("ingest, two cores against one", min(one) / min(two), "x", Goal(1.6, 1.8, more=True), detail)


def _round(newsroom: Newsroom, name: str, cores: int = 2) -> Pass:
    report, cost = answer(on_cores(cores, [SITREP, "ingest", "--json"]), newsroom.environment(name))
    return Pass(report["entries"]["created"] + report["entries"]["updated"], cost)


def _peer(newsroom: Newsroom, turn: int) -> Pass:
    command = [sys.executable, "-m", "bench.speed.peer", str(newsroom.feeds), newsroom.elasticsearch, f"peer-{turn}"]
    outcome = measure.run(command, newsroom.environment(f"peer-{turn}"))
    if outcome.status != 0:
        sys.exit(f"the peer failed:\n{outcome.errors}")
    return Pass(int(outcome.output), outcome.cost)


def _spread(passes: list[Pass]) -> str:
    low, high = min(one.each for one in passes), max(one.each for one in passes)
    return f"{(high / low - 1) * 100:.0f} %"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"
