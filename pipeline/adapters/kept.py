"""Commands that are kept: each in a session of its own, under a keeper that ends all of it when we are gone."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pipeline.adapters.processes import ProcessId, identify
from pipeline.adapters.sessions import end_sessions

MARGIN = 3.0
"""Seconds beyond the grace that a keeper may take to end its session before it is done for it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A command that runs, or has run. ``session`` names its keeper, which leads the session of the command."""

    session: ProcessId
    grace: float
    _keeper: subprocess.Popen[bytes]

    @classmethod
    def start(cls, command: Sequence[str], *, environment: Mapping[str, str], log: Path, grace: float) -> Self:
        """Start ``command``; its output is added to the file ``log``. Raises ``OSError``.

        ``grace``: seconds it has for its end when asked.
        """
        with log.open("ab") as output:
            keeper = subprocess.Popen(
                # -P: what lies in the working directory is none of its modules.
                [sys.executable, "-P", "-m", "pipeline.adapters.keeper", str(grace), *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                env=dict(environment),
                start_new_session=True,
            )
        return cls(identify(keeper.pid) or ProcessId(keeper.pid, ""), grace, keeper)

    def status(self) -> int | None:
        """The exit status, None while it runs."""
        return self._keeper.poll()

    def let_go(self) -> None:
        """Have it ended; returns at once."""
        if self._keeper.stdin is not None:
            self._keeper.stdin.close()

    def join(self) -> None:
        """After this nothing of it is left, even where the keeper itself was killed."""
        self.let_go()
        with suppress(subprocess.TimeoutExpired):
            self._keeper.wait(self.grace + MARGIN)
        end_sessions([self.session], 0)
        self._keeper.wait()
