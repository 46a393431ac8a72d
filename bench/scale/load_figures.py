"""What a simulation counted, and how it is told."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from bench.scale.world import Source, busy


@dataclass(slots=True)
class Figures:
    """What was counted. ``minutes`` and ``rounds``: requests in each; ``asked``: polls among those of each round."""

    minutes: list[int]
    rounds: list[int] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    polls: int = 0
    pages: int = 0
    left: int = 0
    too_soon: int = 0
    late: Counter[int] = field(default_factory=Counter)
    """Polls by their lateness in seconds."""
    cpu: float = 0.0


def told_a_round(sources: Sequence[Source], days: float, every: float) -> list[float]:
    """How many stories the web tells between two rounds in the mean: the load that the news itself asks for."""
    zones = [0.0] * 24
    for source in sources:
        zones[source.zone] += 0.0 if source.dead else source.daily
    hours = [sum(daily * busy(hour, zone) for zone, daily in enumerate(zones)) / 24 for hour in range(24)]
    return [hours[int(number * every / 60) % 24] * every / 60 for number in range(int(days * 1440 / every))]


def minutes_of_hours(minutes: Sequence[int]) -> None:
    """How far a minute is from the mean of its own hour, where the news itself has busy hours."""
    hours = [minutes[at : at + 60] for at in range(0, len(minutes) - 59, 60)]
    beyond = sorted(minute * 60 / sum(hour) for hour in hours for minute in hour)
    idle = sum(share < 0.1 for share in beyond) / len(beyond)
    print(
        f"requests a minute, of the mean of its hour: 99 % {at_share(beyond, 0.99):.2f} times, "
        f"most {beyond[-1]:.2f}; {idle:.0%} of the minutes are idle"
    )


def line(name: str, counts: Sequence[float]) -> None:
    """Print mean, 1 %, 99 % and most of the counts."""
    ordered = sorted(counts)
    mean = sum(ordered) / len(ordered)
    low, high = at_share(ordered, 0.01), at_share(ordered, 0.99)
    print(
        f"{name}: mean {mean:.0f}, 1 % {low:.0f}, 99 % {high:.0f}, most {ordered[-1]:.0f} "
        f"({ordered[-1] / mean:.2f} of it)",
        flush=True,
    )


def at_share(ordered: Sequence[float], share: float) -> float:
    """The value below which this share of the ordered values lies."""
    return next(islice(ordered, min(int(len(ordered) * share), len(ordered) - 1), None), 0.0)
