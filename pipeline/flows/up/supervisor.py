"""Programs that are to run all the time: started, watched, started again, ended."""

import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pipeline.adapters.airflow import reasons
from pipeline.adapters.airflow_services import Service
from pipeline.adapters.kept import Kept
from pipeline.adapters.processes import ProcessId
from pipeline.errors import CannotRun
from pipeline.flows.up.restarts import deaths_in_a_row, pause_after

Say = Callable[[str], None]
Note = Callable[[Mapping[str, ProcessId]], None]


@dataclass(slots=True)
class _Watched:
    service: Service
    kept: Kept | None = None
    begun: float = 0.0
    log_start: int = 0
    deaths: int = 0
    again_at: float | None = None


class Supervisor:
    """Owns every process it has started; when it is gone, however it went, they end by themselves."""

    def __init__(self, say: Say, note: Note, clock: Callable[[], float] = time.monotonic) -> None:
        """``note`` is told of the sessions of all programs after each start. ``clock``: seconds, never going back."""
        self._say, self._note, self._clock = say, note, clock
        self._watched: dict[str, _Watched] = {}

    @property
    def sessions(self) -> dict[str, ProcessId]:
        """The keepers of what runs, by name, in the order of their start."""
        return {name: one.kept.session for name, one in self._watched.items() if one.kept is not None}

    def start(self, service: Service) -> None:
        """Raises ``CannotRun``."""
        self._watched[service.name] = _Watched(service)
        self._begin(self._watched[service.name])

    def mend(self) -> None:
        """Look at each program once; start again what has died. Raises ``CannotRun`` for one that does not stay."""
        for one in self._watched.values():
            status = one.kept.status() if one.kept is not None else None
            if status is not None:
                self._bury(one, status)
            elif one.again_at is not None and self._clock() >= one.again_at:
                self._begin(one)

    def renew(self, name: str) -> None:
        """End a program that hangs; ``mend`` then starts it again."""
        kept = self._watched[name].kept
        if kept is not None:
            kept.let_go()

    def end(self) -> None:
        """End all, the last one first, then the others together."""
        kept = [one.kept for one in self._watched.values() if one.kept is not None]
        for last in kept[-1:]:
            last.join()
        for one in kept:
            one.let_go()
        for one in kept:
            one.join()
        self._watched.clear()

    def _begin(self, one: _Watched) -> None:
        service = one.service
        try:
            one.log_start = service.log.stat().st_size if service.log.exists() else 0
            one.kept = Kept.start(
                service.command, environment=service.environment, log=service.log, grace=service.grace
            )
        except OSError as error:
            raise CannotRun(f"cannot start {service.name}: {error.strerror}") from None
        one.begun, one.again_at = self._clock(), None
        self._note(self.sessions)

    def _bury(self, one: _Watched, status: int) -> None:
        service = one.service
        if one.kept is not None:
            one.kept.join()
        one.kept = None
        one.deaths = deaths_in_a_row(one.deaths, self._clock() - one.begun)
        pause = pause_after(one.deaths)
        if pause is None:
            head = f"{service.name} ended {one.deaths} times in a row ({_cause(status)}); its log: {service.log}"
            raise CannotRun("\n".join([head, *reasons(service.log, one.log_start)]))
        one.again_at = self._clock() + pause
        self._say(
            f"{service.name} ended ({_cause(status)}); starting it again in {pause:.0f} s; its log: {service.log}"
        )


def _cause(status: int) -> str:
    """Of a keeper: its command's status, 128 + N for signal N, negative if the keeper itself was killed."""
    number = status - 128 if status > 128 else -status
    if status < 0 or status > 128:
        try:
            return signal.Signals(number).name
        except ValueError:
            pass
    return f"exit status {status}"
