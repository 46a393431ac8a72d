"""What the supervisor does again and again, each thing in its own rhythm."""

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.adapters.airflow_api import NoAnswer
from pipeline.errors import SitrepError

Say = Callable[[str], None]


@dataclass(slots=True)
class Chore:
    """``do`` is done every ``every`` seconds; its trouble is told once, until it goes well again or changes."""

    name: str
    every: float
    do: Callable[[], None]
    due_at: float = 0.0
    trouble: str | None = None

    def look(self, now: float, say: Say) -> None:
        """Do it if it is due."""
        if now < self.due_at:
            return
        self.due_at = now + self.every
        trouble = None
        try:
            self.do()
        except (SitrepError, NoAnswer, OSError) as error:
            trouble = str(error)
            if trouble != self.trouble:
                say(f"{self.name}: {trouble}")
        self.trouble = trouble
