"""What an onlooker of ``sitrep up`` is told."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pipeline.adapters.ledger.overview import PastRun
from pipeline.flows.up.rounds import Failure


@dataclass(frozen=True, slots=True)
class Part:
    """Something that runs. ``pid`` is missing where it is none of ours, ``url`` where it listens nowhere."""

    name: str
    pid: int | None
    url: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """All is up. ``login``: user and password of Airflow's pages; ``paused``: the rounds were switched off there."""

    parts: tuple[Part, ...]
    login: tuple[str, str]
    feeds: int
    schedule: str
    logs: tuple[Path, ...]
    paused: bool


class Onlooker(Protocol):
    """Gets the news as they come."""

    def say(self, message: str) -> None:
        """Something takes a while, went wrong or was mended."""

    def standing(self, standing: Standing) -> None:
        """All is up."""

    def ended(self, run: PastRun) -> None:
        """A round has ended; its sums are in its report."""

    def failed(self, failure: Failure) -> None:
        """Airflow shows a run as failed."""
