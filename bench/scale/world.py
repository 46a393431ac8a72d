"""An invented web: feeds on sites of all sizes, and how much news they have."""

import math
import random
from dataclasses import dataclass

from pipeline.model import FeedSource

HOST_DELAY = 5.0


@dataclass(frozen=True, slots=True)
class Source:
    """One invented feed and its host: ``daily`` stories a day, busy hours by ``zone``, ``delay`` of robots.txt."""

    feed: FeedSource
    host: str
    daily: float
    zone: int
    delay: float
    max_age: int | None
    dead: bool


def world(count: int, chance: random.Random, zones: int = 24) -> list[Source]:
    """Feeds of sites of all sizes: most have one or two, a few have hundreds; 2.8 stories a day in the mean.

    The sites lie in so many neighbouring time ``zones``: in all of them, news is even over the day; in few it is not.
    """
    sources: list[Source] = []
    site = 0
    while len(sources) < count:
        site += 1
        feeds = min(int(chance.paretovariate(1.2)), 400, count - len(sources))
        host, zone = f"site-{site}.example", chance.randrange(zones)
        delay = chance.choice((10.0, 30.0)) if chance.random() < 0.05 else HOST_DELAY
        sources += [_source(host, number, zone, delay, chance) for number in range(feeds)]
    return sources


def _source(host: str, number: int, zone: int, delay: float, chance: random.Random) -> Source:
    feed = FeedSource(f"{host.partition('.')[0]}-{number}", host, f"https://{host}/{number}")
    max_age = chance.choice((300, 900, 3600)) if chance.random() < 0.3 else None
    return Source(feed, host, chance.lognormvariate(-0.1, 1.5), zone, delay, max_age, chance.random() < 0.02)


def busy(hour: int, zone: int) -> float:
    """How much of its mean a source tells at this hour (UTC): most by day, little by night."""
    return 1.4 if 6 <= (hour + zone) % 24 < 22 else 0.2


def poisson(mean: float, chance: random.Random) -> int:
    """Knuth's way for small means, the normal distribution for large ones."""
    if mean > 30:
        return max(0, round(chance.gauss(mean, math.sqrt(mean))))
    limit, product, count = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        count += 1
    return count
