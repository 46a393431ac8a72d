"""The supervisor of ``sitrep up`` over small programs: what dies comes back, what does not stay ends all."""

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from pipeline.adapters.processes import ProcessId
from pipeline.adapters.sessions import members
from pipeline.errors import CannotRun
from pipeline.flows.up.restarts import LONGEST_PAUSE, MOST_DEATHS, STEADY, deaths_in_a_row, pause_after
from pipeline.flows.up.supervisor import Supervisor
from tests.support.stand_ins import STUBBORN, lines, service, until

SLEEPER = "import time\nprint('ready', flush=True)\ntime.sleep(600)\n"


class Watch:
    """A supervisor, what it said and noted, and its clock, which moves by hand."""

    def __init__(self) -> None:
        self.now = 0.0
        self.said: list[str] = []
        self.noted: dict[str, ProcessId] = {}
        self.supervisor = Supervisor(self.said.append, self._note, lambda: self.now)

    def _note(self, parts: Mapping[str, ProcessId]) -> None:
        self.noted = dict(parts)

    def mend_until_said(self, count: int) -> None:
        def looked() -> bool:
            self.supervisor.mend()
            return len(self.said) >= count

        until(looked)


@contextmanager
def watch() -> Iterator[Watch]:
    made = Watch()
    try:
        yield made
    finally:
        made.supervisor.end()


def test_a_program_that_was_killed_is_started_again_after_a_pause(tmp_path: Path) -> None:
    with watch() as up:
        one = service(tmp_path, "scheduler", SLEEPER)
        up.supervisor.start(one)
        first = up.noted["scheduler"]
        until(lambda: lines(one.log) == ["ready"])
        os.kill(first.pid, signal.SIGKILL)
        up.mend_until_said(1)
        assert up.said == [f"scheduler ended (SIGKILL); starting it again in 1 s; its log: {one.log}"]
        assert members(first) == ()
        up.supervisor.mend()
        assert up.supervisor.sessions == {}, "its pause is not over"
        up.now += 1
        up.supervisor.mend()
        assert up.noted["scheduler"] != first
        until(lambda: lines(one.log) == ["ready", "ready"])


def test_a_program_that_hangs_is_ended_and_started_again(tmp_path: Path) -> None:
    with watch() as up:
        one = service(tmp_path, "scheduler", STUBBORN)
        up.supervisor.start(one)
        first = up.noted["scheduler"]
        until(lambda: lines(one.log) == ["ready", "ready"])
        up.supervisor.renew("scheduler")
        up.mend_until_said(1)
        assert members(first) == ()
        up.now += 1
        up.supervisor.mend()
        assert up.noted["scheduler"] != first


def test_the_others_run_on_while_one_is_started_again(tmp_path: Path) -> None:
    with watch() as up:
        up.supervisor.start(service(tmp_path, "steady", SLEEPER))
        up.supervisor.start(service(tmp_path, "brief", "raise SystemExit(3)"))
        steady = up.noted["steady"]
        up.mend_until_said(1)
        up.now += 1
        up.supervisor.mend()
        assert up.noted["steady"] == steady
        assert "brief ended (exit status 3)" in up.said[0]


def test_a_program_that_does_not_stay_ends_all_with_what_its_log_says(tmp_path: Path) -> None:
    event = '{"event": "x", "exception": [{"exc_type": "OSError", "exc_value": "address in use"}]}'
    one = service(tmp_path, "api-server", f"print({event!r})\nraise SystemExit(1)")
    one.log.write_text('{"exception": [{"exc_type": "Old", "exc_value": "of last week"}]}\n')
    with watch() as up:
        up.supervisor.start(service(tmp_path, "scheduler", SLEEPER))
        up.supervisor.start(one)
        with pytest.raises(CannotRun) as raised:
            for count in range(1, MOST_DEATHS + 1):
                up.mend_until_said(count)
                up.now += LONGEST_PAUSE
        scheduler = up.noted["scheduler"]
        assert "api-server ended 6 times in a row (exit status 1)" in str(raised.value)
        assert str(raised.value).splitlines()[1:] == ["OSError: address in use"]
        assert len(up.said) == MOST_DEATHS - 1
    assert members(scheduler) == ()


def test_the_end_leaves_nothing_of_programs_that_heed_no_signal(tmp_path: Path) -> None:
    with watch() as up:
        logs = []
        for name in ("one", "two", "three"):
            made = service(tmp_path, name, STUBBORN)
            up.supervisor.start(made)
            logs.append(made.log)
        until(lambda: all(lines(log) == ["ready", "ready"] for log in logs))
        sessions = list(up.noted.values())
    assert [members(session) for session in sessions] == [(), (), ()]


def test_a_program_that_cannot_be_started_is_told(tmp_path: Path) -> None:
    made = service(tmp_path, "scheduler", "")
    made.log.mkdir()
    with watch() as up, pytest.raises(CannotRun, match="cannot start scheduler: Is a directory"):
        up.supervisor.start(made)


def test_pauses_double_up_to_a_minute_and_then_it_is_given_up() -> None:
    pauses = [pause_after(deaths) for deaths in range(1, MOST_DEATHS + 1)]
    assert pauses[-1] is None
    kept = [pause for pause in pauses if pause is not None]
    assert kept[0] == 1
    assert all(after == min(2 * before, LONGEST_PAUSE) for before, after in pairwise(kept))


def test_what_had_lived_long_begins_a_new_row_of_deaths() -> None:
    assert deaths_in_a_row(MOST_DEATHS - 1, STEADY) == 1
    assert deaths_in_a_row(2, STEADY - 1) == 3
