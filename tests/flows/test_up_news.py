"""What ``sitrep up`` tells of rounds, and how it keeps house meanwhile."""

import json
import os
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pipeline.adapters.airflow import Airflow
from pipeline.adapters.airflow_api import AirflowApi, FailedRun, Health, NoAnswer
from pipeline.adapters.ledger.database import Ledger
from pipeline.adapters.ledger.overview import PastRun
from pipeline.cli.up import Terminal
from pipeline.errors import CannotRun
from pipeline.flows import round as flow
from pipeline.flows.up.checks import absolute
from pipeline.flows.up.chores import Chore
from pipeline.flows.up.housekeeping import forget_history
from pipeline.flows.up.pulse import Pulse
from pipeline.flows.up.rounds import EndedRounds, FailedRuns, Failure
from pipeline.flows.up.standing import Part, Standing
from pipeline.settings import load_settings
from tests.support.rounds import NOON, collect_at, settings_of

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def test_each_round_is_told_once_when_it_has_ended(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, ["http://127.0.0.1:9/feed"])
    collect_at(settings)
    with Ledger(settings.ledger_url) as ledger:
        rounds = EndedRounds(ledger)
        assert rounds.fresh() == ()
        open_run = flow.plan(settings, NOON + 60 * MINUTE)
        assert rounds.fresh() == ()
        later = collect_at(settings, hours=2)
        assert [run.id for run in rounds.fresh()] == [later.run_id]
        flow.report(settings, open_run)
        assert [run.id for run in rounds.fresh()] == [open_run]
        assert rounds.fresh() == ()


@dataclass(frozen=True)
class Said(AirflowApi):
    """An Airflow that has these runs to tell of."""

    runs: list[FailedRun] = field(default_factory=list)

    def failed_runs(self, since: datetime) -> tuple[FailedRun, ...]:
        return tuple(run for run in self.runs if run.ended_at >= since)


def task_log(logs: Path, task: str, attempt: int, error: str, age: int) -> None:
    folder = logs / "dag_id=ingest" / "run_id=r-1" / f"task_id={task}"
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / f"attempt={attempt}.log"
    log.write_text(json.dumps({"event": "Task failed", "error_detail": [{"exc_type": "E", "exc_value": error}]}))
    os.utime(log, (1_700_000_000 - age,) * 2)


def test_each_failed_run_is_told_once_with_the_last_words_of_its_tasks(tmp_path: Path) -> None:
    task_log(tmp_path, "deliver", 1, "first try", age=30)
    task_log(tmp_path, "deliver", 2, "the index is away", age=20)
    task_log(tmp_path, "report", 1, "deliver failed", age=10)
    run = FailedRun("ingest", "r-1", NOON, NOON + MINUTE)
    said = Said(1, "sitrep", "secret", [run])
    failed = FailedRuns(said, tmp_path, NOON)
    assert list(failed.fresh()) == [Failure(run, ("E: the index is away", "E: deliver failed"))]
    assert list(failed.fresh()) == []
    again = FailedRun("ingest", "r-2", NOON, NOON + 2 * MINUTE)
    said.runs.append(again)
    assert list(failed.fresh()) == [Failure(again, ())]


def test_the_trouble_of_a_chore_is_told_once_until_it_changes_or_ends() -> None:
    said: list[str] = []
    troubles = iter(("away", "away", "slow", "", "slow"))

    def do() -> None:
        trouble = next(troubles)
        if trouble:
            raise NoAnswer(trouble)

    chore = Chore("Airflow", 10, do)
    for now in (0, 5, 10, 20, 30, 40):
        chore.look(now, said.append)
    assert said == ["Airflow: away", "Airflow: slow", "Airflow: slow"]


@dataclass(frozen=True)
class Patient(AirflowApi):
    """An Airflow whose parts are alive or not, or which does not answer at all."""

    states: list[Health | None] = field(default_factory=list)

    def health(self) -> Health:
        state = self.states[-1]
        if state is None:
            raise NoAnswer("timed out")
        return state


@pytest.mark.parametrize(
    ("state", "name"),
    [
        (Health(scheduler=False, dag_processor=True), "scheduler"),
        (Health(scheduler=True, dag_processor=False), "dag-processor"),
        (None, "api-server"),
    ],
)
def test_a_program_without_a_sign_of_life_is_ended_once_after_five_minutes(state: Health | None, name: str) -> None:
    now, renewed = [0.0], list[str]()
    api = Patient(1, "sitrep", "secret", [state])
    pulse = Pulse(api, renewed.append, lambda: now[0])
    for moment in range(0, 600, 30):
        now[0] = moment
        with pytest.raises(NoAnswer, match=f"no sign of life of the {name}"):
            pulse.feel()
        assert renewed == ([name] if moment >= 300 else [])


def test_a_sign_of_life_begins_the_five_minutes_anew() -> None:
    now, renewed = [0.0], list[str]()
    well, ill = Health(scheduler=True, dag_processor=True), Health(scheduler=False, dag_processor=True)
    api = Patient(1, "sitrep", "secret", [ill])
    pulse = Pulse(api, renewed.append, lambda: now[0])
    for moment, state in ((0, ill), (299, well), (300, ill), (599, ill)):
        now[0] = moment
        api.states.append(state)
        with suppress(NoAnswer):
            pulse.feel()
    assert renewed == []


class Forgetful(Airflow):
    """Runs nothing; the moments that it was told to forget what is older than."""

    def forget(self, before: datetime) -> None:
        (self.home / "forgot").write_text(before.isoformat())


def test_airflows_history_is_cleared_once_a_day(tmp_path: Path) -> None:
    airflow = Forgetful(tmp_path, {})
    assert not forget_history(airflow, 14 * DAY, NOON, NOON + timedelta(hours=23))
    assert not (tmp_path / "forgot").exists()
    assert forget_history(airflow, 14 * DAY, NOON, NOON + DAY)
    assert datetime.fromisoformat((tmp_path / "forgot").read_text()) == NOON - 13 * DAY


def test_a_history_that_cannot_be_cleared_is_trouble_to_tell(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("in the way")
    with pytest.raises(CannotRun):
        forget_history(Airflow(tmp_path, os.environ), 14 * DAY, NOON, NOON + DAY)


def test_airflows_tasks_see_absolute_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "key").write_text("k")
    given = {
        "SITREP_HOME": "state",
        "SITREP_FEEDS": "feeds.yaml",
        "SITREP_DATABASE_URL": "sqlite:///ledger.sqlite",
        "SITREP_ARCHIVE_URL": "raw",
        "SITREP_ELASTICSEARCH_API_KEY_FILE": "key",
        "SITREP_INDEX": "state",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    made = absolute(load_settings(), os.environ)
    assert {name: made[name] for name in given} == {
        "SITREP_HOME": str(tmp_path / "state"),
        "SITREP_FEEDS": str(tmp_path / "feeds.yaml"),
        "SITREP_DATABASE_URL": f"sqlite:///{tmp_path / 'ledger.sqlite'}",
        "SITREP_ARCHIVE_URL": str(tmp_path / "raw"),
        "SITREP_ELASTICSEARCH_API_KEY_FILE": str(tmp_path / "key"),
        "SITREP_INDEX": "state",
    }
    assert Path(made["SITREP_TOPICS"]).is_absolute()


def test_a_secret_from_a_file_is_not_put_into_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "database"
    file.write_text("postgresql://sitrep:very-secret@127.0.0.1/sitrep")
    monkeypatch.setenv("SITREP_DATABASE_URL_FILE", str(file))
    assert not any("very-secret" in value for value in absolute(load_settings(), os.environ).values())


def report(**stories: int) -> dict[str, object]:
    return {
        "feeds": {"known": 9, "due": 4, "changed": 2, "not_modified": 1, "failed": 1},
        "entries": {"seen": 3, "created": 2, "updated": 1, "unchanged": 0, "rejected": 0, "pending": 0, "failed": 0},
        "stories": {"indexed": 3, "waiting": 0, "on_topic": 1} | stories,
    }


def test_a_round_is_one_line_and_what_is_nought_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    ended = NOON + timedelta(seconds=5, microseconds=7)
    run = PastRun("20241021T120000Z-0123abcd", NOON, NOON, ended, 4.2, report())
    Terminal().ended(run)
    assert capsys.readouterr().out == (
        "2024-10-21T12:00:05Z round 20241021T120000Z-0123abcd (4.2 s): feeds 4 due, 2 changed, 1 failed; "
        "entries 2 new, 1 updated; stories 3 indexed, 1 on topic\n"
    )
    Terminal().ended(PastRun("x", NOON, NOON, ended, 4.2, report(waiting=7)))
    assert "1 on topic, 7 waiting" in capsys.readouterr().out


def test_a_failed_run_is_told_with_its_reasons_and_drives_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    run = FailedRun("ingest", "scheduled__1", NOON, NOON + MINUTE)
    Terminal().failed(Failure(run, ("E: feeds.yaml: wrong\nand \x1b[2Jmore", "F: " + "x" * 1000)))
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "2024-10-21T12:01:00Z FAILED in Airflow: ingest of 2024-10-21T12:00:00Z (scheduled__1)"
    assert out[1:3] == ["  E: feeds.yaml: wrong", "  and  [2Jmore"]
    assert len(out[3]) < 320


def test_what_runs_is_a_short_table(capsys: pytest.CaptureFixture[str]) -> None:
    parts = (
        Part("elasticsearch", None, "https://search.example.org:9200"),
        Part("api-server", 4321, "http://127.0.0.1:8080"),
        Part("scheduler", 4322, None),
    )
    Terminal().standing(Standing(parts, ("sitrep", "abc"), 1, "*/10 * * * *", (Path("/home/logs"),), paused=True))
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        "Sitrep is up",
        "  elasticsearch               https://search.example.org:9200",
        "  api-server     pid 4321     http://127.0.0.1:8080",
        "  scheduler      pid 4322",
        "  airflow login  user sitrep  password abc",
        "Rounds: */10 * * * * over 1 feed",
        "Logs: /home/logs",
        "Stop: Ctrl-C here, or 'sitrep down' elsewhere",
    ]
    assert "paused" in said.err
