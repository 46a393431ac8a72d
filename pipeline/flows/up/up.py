"""``sitrep up``: start what scheduled rounds need, keep it running, end it when told to."""

import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from urllib.parse import urlsplit

from pipeline.adapters.airflow import Airflow
from pipeline.adapters.airflow_api import AirflowApi, NoAnswer
from pipeline.adapters.airflow_services import API_SERVER, USER, password, services
from pipeline.adapters.ledger.database import Ledger
from pipeline.adapters.local_node.health import free_port
from pipeline.adapters.processes import ProcessId, identify
from pipeline.adapters.sessions import end_sessions, members
from pipeline.errors import CannotRun, ConfigError, SitrepError
from pipeline.flows.up.checks import SCHEDULE, absolute, check
from pipeline.flows.up.chores import Chore
from pipeline.flows.up.housekeeping import cut_logs, forget_history, remove_task_logs
from pipeline.flows.up.node import OwnNode
from pipeline.flows.up.pulse import Pulse
from pipeline.flows.up.record import LEFTOVER_GRACE, only_one, read_record, write_record
from pipeline.flows.up.rounds import DAG, EndedRounds, FailedRuns
from pipeline.flows.up.signals import interruptible, undisturbed
from pipeline.flows.up.standing import Onlooker, Part, Standing
from pipeline.flows.up.supervisor import Supervisor
from pipeline.settings import Settings

FIRST_PORT = 8080
DEFAULT_SCHEDULE = "*/10 * * * *"
START_LIMIT = 300.0
TICK = 1.0
NODE_EVERY = 15.0

Found = TypeVar("Found")


def keep_up(settings: Settings, environ: Mapping[str, str], onlooker: Onlooker) -> None:
    """Returns when told to end: by Ctrl-C, SIGTERM or a closed terminal.

    ``environ``: what Airflow's tasks see. Raises ``ConfigError`` with every mistake before anything is started, and
    ``CannotRun``; then nothing is left running.
    """
    with suppress(KeyboardInterrupt), interruptible():
        feeds = check(settings, environ.get(SCHEDULE, "").strip())
        with only_one(settings.home):
            _Up(settings, environ, onlooker).run(feeds)


class _Up:
    def __init__(self, settings: Settings, environ: Mapping[str, str], onlooker: Onlooker) -> None:
        self._settings, self._onlooker = settings, onlooker
        self._airflow = Airflow(settings.home, absolute(settings, environ))
        self._schedule = environ.get(SCHEDULE, "").strip() or DEFAULT_SCHEDULE
        self._begun = datetime.now(UTC)
        self._supervisor = Supervisor(onlooker.say, self._note_parts)
        self._record = read_record(settings.home)
        self._node: OwnNode | None = None

    def run(self, feeds: int) -> None:
        self._take_over()
        try:
            with Ledger(self._settings.ledger_url) as ledger:
                rounds = EndedRounds(ledger)
                server, api, paused = self._start()
                self._onlooker.standing(self._standing(server, api, feeds, paused=paused))
                self._watch(self._chores(rounds, api))
        finally:
            with undisturbed():
                self._end()

    def _take_over(self) -> None:
        """End what is left of an ``up`` that was killed, and note that we hold the home."""
        left = {name: leader for name, leader in self._record.parts.items() if members(leader)}
        for name, leader in left.items():
            self._onlooker.say(f"ending the {name} that an earlier 'sitrep up' has left (pid {leader.pid})")
        end_sessions(tuple(left.values()), LEFTOVER_GRACE)
        self._note(
            supervisor=identify(os.getpid()),
            started_at=self._begun,
            port=_port(self._record.port, self._onlooker),
            parts={},
            cleared_at=self._record.cleared_at or self._begun,
        )

    def _start(self) -> tuple[str, AirflowApi, bool]:
        """Elasticsearch's URL, Airflow's door, and whether the rounds are switched off there."""
        self._onlooker.say("starting Airflow and Elasticsearch (about a minute)")
        self._airflow.migrate()
        port = self._record.port or FIRST_PORT
        *first, scheduler = services(self._airflow, port)
        for service in first:
            self._supervisor.start(service)
        server = self._start_server()  # takes its time, and so do those two
        api = AirflowApi(port, USER, password(self._airflow))
        # The first tasks would fail if they found no API server.
        self._wait(api.health, "Airflow's API server did not answer")
        self._supervisor.start(scheduler)
        paused = self._wait(lambda: self._is_paused(api), "Airflow did not read the DAG of the rounds")
        self._wait(lambda: api.health().scheduler or None, "Airflow's scheduler did not come to life")
        return server, api, paused

    def _start_server(self) -> str:
        """The URL of Elasticsearch. The local node is noted as ours before it is started."""
        if self._settings.elasticsearch_url is not None:
            return _without_login(self._settings.elasticsearch_url)
        self._node = OwnNode(self._settings, self._onlooker.say, was_ours=self._record.owns_node)
        self._note(owns_node=self._node.is_ours)
        return self._node.start()

    def _is_paused(self, api: AirflowApi) -> bool | None:
        broken = api.import_errors(self._begun)
        if broken:
            raise ConfigError([f"Airflow cannot read its DAGs (is {SCHEDULE} right?)", *broken])
        return api.is_paused(DAG, self._begun)

    def _wait(self, ready: Callable[[], Found | None], trouble: str) -> Found:
        """Mend what dies meanwhile. Raises ``CannotRun`` after ``START_LIMIT`` seconds."""
        end = time.monotonic() + START_LIMIT
        last = ""
        while time.monotonic() < end:
            self._supervisor.mend()
            try:
                found = ready()
                if found is not None:
                    return found
            except NoAnswer as error:
                last = f" ({error})"
            time.sleep(TICK)
        raise CannotRun(f"{trouble} within {START_LIMIT:.0f} s{last}; see the logs in {self._airflow.log.parent}")

    def _standing(self, server: str, api: AirflowApi, feeds: int, *, paused: bool) -> Standing:
        urls = {API_SERVER: api.url}
        return Standing(
            parts=(
                Part("elasticsearch", self._node.pid if self._node else None, server),
                *(Part(name, leader.pid, urls.get(name)) for name, leader in self._supervisor.sessions.items()),
            ),
            login=(api.user, api.password),
            feeds=feeds,
            schedule=self._schedule,
            logs=(self._airflow.log.parent, self._airflow.task_logs),
            paused=paused,
        )

    def _chores(self, rounds: EndedRounds, api: AirflowApi) -> tuple[Chore, ...]:
        failed = FailedRuns(api, self._airflow.task_logs, self._begun)

        def tell_ended() -> None:
            for run in rounds.fresh():
                self._onlooker.ended(run)

        def tell_failed() -> None:
            for failure in failed.fresh():
                self._onlooker.failed(failure)

        def forget() -> None:
            now, kept = datetime.now(UTC), timedelta(days=self._settings.retain_runs_days)
            if forget_history(self._airflow, kept, self._record.cleared_at, now):
                self._note(cleared_at=now)

        return (
            Chore("the ledger", 5, tell_ended),
            Chore("Airflow", 20, tell_failed),
            Chore("Airflow", 30, Pulse(api, self._supervisor.renew).feel),
            Chore("long logs", 600, lambda: cut_logs(self._airflow)),
            Chore("old logs", 86_400, lambda: remove_task_logs(self._airflow, time.time())),
            Chore("Airflow's history", 600, forget),
        )

    def _watch(self, chores: tuple[Chore, ...]) -> None:
        """Until a signal or ``CannotRun`` is raised."""
        look_at_node = 0.0
        while True:
            now = time.monotonic()
            self._supervisor.mend()
            if self._node is not None and now >= look_at_node:
                self._node.mend()
                look_at_node = time.monotonic() + NODE_EVERY
            for chore in chores:
                chore.look(now, self._onlooker.say)
            time.sleep(TICK)

    def _end(self) -> None:
        self._onlooker.say("stopping (up to 20 seconds)")
        self._supervisor.end()
        with suppress(SitrepError):
            if self._node is not None:
                self._node.end()
        with suppress(CannotRun):  # a full disk must not keep anything running
            self._note(supervisor=None, started_at=None, parts={}, owns_node=False)
        self._onlooker.say("stopped; the next 'sitrep up' goes on")

    def _note_parts(self, parts: Mapping[str, ProcessId]) -> None:
        self._note(parts=dict(parts))

    def _note(self, **changes: object) -> None:
        self._record = replace(self._record, **changes)  # type: ignore[arg-type]
        write_record(self._settings.home, self._record)


def _port(kept: int | None, onlooker: Onlooker) -> int:
    """The port of last time, so that bookmarks hold, unless somebody else has it now."""
    try:
        port = free_port(kept or FIRST_PORT)
    except OSError as error:
        raise CannotRun(str(error)) from None
    if kept is not None and port != kept:
        onlooker.say(f"port {kept} is taken by another program; Airflow moves to {port}")
    return port


def _without_login(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
