"""What a scenario has in hand, what it gets to see, and how it says what must hold."""

import re
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from bench.polling.origin import Answer, Request, Site

Need = Literal["schedule", "address", "memory", "pages", "states", "report", "own_hosts"]
"""What a system must have for a rule to make sense for it: see ``NEEDS``."""

World = Literal["plain", "polite", "hostile"]

NEEDS: Mapping[Need, str] = {
    "schedule": "decides itself when a feed is due",
    "address": "keeps the feed's address itself",
    "memory": "remembers entries from poll to poll",
    "pages": "fetches the pages behind the entries",
    "states": "keeps a state for each feed",
    "report": "reports each poll",
    "own_hosts": "has a rule which addresses may be asked",
}

START = timedelta(0)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def beginning() -> datetime:
    """The moment of ``START``: noon, 80 days ago, so that ``status``, which looks at the clock, comes after it all."""
    today = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    return today - 80 * DAY


class NotHeld(Exception):
    """The system did not do what the rule asks; the message says what was seen."""


def expect(holds: bool, seen: str) -> None:
    """``seen`` tells what was seen instead."""
    if not holds:
        raise NotHeld(seen)


@dataclass(frozen=True, slots=True)
class Known:
    """One entry as the system shows it. Times are UTC; ``None`` where it knows, or tells, none."""

    title: str
    url: str | None = None
    text: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    first_seen: datetime | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    """Whatever else a system tells, in its own words."""


@dataclass(frozen=True, slots=True)
class FeedView:
    """How one feed stands after a round, as the system tells it."""

    failed: bool
    problem: str | None = None
    """The name of the trouble, if the poll of this round or the one before ended in any."""
    state: str | None = None
    due: timedelta | None = None
    """The next poll, since START."""
    url: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    """Whatever else a system tells, in its own words."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One round as the scenario sees it: the requests to its hosts in it, its feeds, and how to look entries up."""

    at: timedelta
    requests: tuple[Request, ...]
    feeds: Mapping[str, FeedView]
    look_up: Callable[[str], Known | None]
    output: str = ""
    """All that the system printed in the round."""
    problems: tuple[Mapping[str, Any], ...] = ()
    """What the round's report says of the scenario's feeds."""
    report: Mapping[str, Any] = field(default_factory=dict)
    """The sums of a round that the scenario had for itself (``alone``)."""
    trouble: str = ""
    """Why the round did not come to its end, where it did not."""
    memory: int = 0
    """Bytes: the peak of all the round's processes together, where it had processes of its own."""

    @property
    def feed(self) -> FeedView:
        """The scenario's first feed."""
        return next(iter(self.feeds.values()))

    def asked(self, path: str, host: str | None = None) -> list[Request]:
        """The requests for a path, in order."""
        return [r for r in self.requests if r.path == path and host in (None, r.host)]

    @property
    def told(self) -> str:
        """All that the system says of the scenario's feeds: their problems and their state."""
        return repr((self.problems, [dict(view.details) for view in self.feeds.values()]))

    def entry(self, url: str) -> Known | None:
        """The entry, or story, under an address or a guid."""
        return self.look_up(url)


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One feed that the scenario puts on the list; ``more`` are further keys of its row."""

    name: str
    url: str
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Scene:
    """A scenario's hosts and feeds. ``inside``, and ``local`` that all share, are hosts that no system may ask."""

    name: str
    site: Site
    other: Site
    inside: Site
    local: Site
    began: datetime
    scheduled: bool = True
    """Does the system itself say which rounds poll? Else it is asked to poll in each, where it can be."""
    feeds: list[FeedRow] = field(default_factory=list)

    def answer(self, path: str, answer: Answer) -> str:
        """Script a path of the first host; returns its address."""
        self.site.answers[path] = answer
        return self.site.url(path)

    def time(self, at: timedelta) -> datetime:
        return self.began + at


@dataclass(frozen=True, slots=True)
class Ask:
    """A round that the scenario wants: its feeds (or those named) are on the list at that time."""

    at: timedelta
    feeds: tuple[str, ...] | None = None
    alone: bool = False
    stopped_at: Callable[[], bool] | None = None
    """The round is killed as soon as this holds."""


Play = Generator[Ask, Visit, None]
Scenario = Callable[[Scene], Play]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule and the scenario that shows it. ``text`` and ``source`` come from the scenario's docstring."""

    area: str
    name: str
    text: str
    source: str
    scenario: Scenario
    needs: frozenset[Need]
    world: World


RULES: list[Rule] = []


def rule(area: str, *needs: Need, world: World = "plain") -> Callable[[Scenario], Scenario]:
    """Enter a scenario as the proof of a rule. Its docstring is the rule's sentence, then ``Source: …``."""

    def enter(scenario: Scenario) -> Scenario:
        text, _, source = " ".join((scenario.__doc__ or "").split()).partition("Source: ")
        if not text or not source:
            raise ValueError(f"{scenario.__name__}: no sentence or no source in its docstring")
        name = re.sub(r"^_+", "", scenario.__name__)
        RULES.append(Rule(area, name, text.strip().rstrip("."), source.rstrip("."), scenario, frozenset(needs), world))
        return scenario

    return enter
