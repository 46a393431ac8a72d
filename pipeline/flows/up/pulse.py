"""Programs that live and do nothing any more: seen by their missing signs of life, ended so that they start anew."""

import time
from collections.abc import Callable

from pipeline.adapters.airflow_api import AirflowApi, NoAnswer
from pipeline.adapters.airflow_services import API_SERVER, DAG_PROCESSOR, SCHEDULER

HUNG = 300.0
"""Seconds without a sign of life; on a busy machine a minute is nothing."""


class Pulse:
    """Feels the pulse of Airflow's programs each time it is told to."""

    def __init__(
        self, api: AirflowApi, renew: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """``renew`` is told the name of a program to end. ``clock``: seconds, never going back."""
        self._api, self._renew, self._clock = api, renew, clock
        self._silent_since: dict[str, float] = {}

    def feel(self) -> None:
        """Raises ``NoAnswer`` while one is silent."""
        silent, now = self._silent(), self._clock()
        self._silent_since = {name: self._silent_since.get(name, now) for name in silent}
        for name in [name for name, since in self._silent_since.items() if now - since >= HUNG]:
            del self._silent_since[name]
            self._renew(name)
        if silent:
            raise NoAnswer("; ".join(f"no sign of life of the {name}{why}" for name, why in silent.items()))

    def _silent(self) -> dict[str, str]:
        """Names, with what is known of the reason."""
        try:
            health = self._api.health()
        except NoAnswer as error:
            return {API_SERVER: f" ({error})"}
        lives = {SCHEDULER: health.scheduler, DAG_PROCESSOR: health.dag_processor}
        return {name: "" for name, is_alive in lives.items() if not is_alive}
