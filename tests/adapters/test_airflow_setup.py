"""How Airflow is set up to run by schedule on one machine: for this home alone, on loopback alone."""

import json
import sys
from pathlib import Path

import pytest

from pipeline.adapters.airflow import Airflow, exceptions, reasons
from pipeline.adapters.airflow_services import password, services


def environment(home: Path, **environ: str) -> dict[str, str]:
    return dict(services(Airflow(home, environ), 8123)[0].environment)


def test_scheduler_api_server_and_dag_processor_are_run_and_nothing_else(tmp_path: Path) -> None:
    made = services(Airflow(tmp_path, {}), 8123)
    assert [service.command[4:] for service in made] == [
        ("api-server",),
        ("dag-processor",),
        ("scheduler", "--skip-serve-logs"),
    ]
    assert {service.command[:4] for service in made} == {(sys.executable, "-P", "-m", "airflow")}
    assert [service.log.name for service in made] == [
        "airflow-api-server.log",
        "airflow-dag-processor.log",
        "airflow-scheduler.log",
    ]


def test_an_orderly_end_of_all_takes_less_than_twenty_seconds(tmp_path: Path) -> None:
    *first, last = [service.grace for service in services(Airflow(tmp_path, {}), 8123)]
    assert last + max(first) < 15


def test_every_address_is_the_loopback_address(tmp_path: Path) -> None:
    made = environment(tmp_path)
    assert made["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert made["AIRFLOW__API__BASE_URL"] == "http://127.0.0.1:8123"
    assert made["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:8123/execution/"


def test_an_airflow_of_the_users_own_is_left_out_and_all_else_is_passed_on(tmp_path: Path) -> None:
    made = environment(tmp_path, AIRFLOW_HOME="/own", AIRFLOW__CORE__PARALLELISM="64", SITREP_INDEX="x", LANG="C")
    assert made["AIRFLOW_HOME"] == str(tmp_path / "airflow")
    assert made["AIRFLOW__CORE__PARALLELISM"] == "4"
    assert (made["SITREP_INDEX"], made["LANG"]) == ("x", "C")


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "127.0.0.1,localhost"),
        ({"NO_PROXY": "example.org"}, "example.org,127.0.0.1,localhost"),
        ({"no_proxy": "example.org", "NO_PROXY": "other.example"}, "example.org,127.0.0.1,localhost"),
    ],
)
def test_no_proxy_stands_between_the_parts_of_airflow(tmp_path: Path, environ: dict[str, str], expected: str) -> None:
    made = environment(tmp_path, HTTP_PROXY="http://proxy.example:3128", **environ)
    assert (made["no_proxy"], made["NO_PROXY"]) == (expected, expected)


def test_the_password_is_made_up_once_and_only_the_owner_reads_it(tmp_path: Path) -> None:
    airflow = Airflow(tmp_path, {})
    airflow.folder.mkdir()
    first = password(airflow)
    file = Path(environment(tmp_path)["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"])
    assert len(first) >= 16
    assert password(airflow) == first
    assert json.loads(file.read_text()) == {"sitrep": first}
    assert file.stat().st_mode & 0o777 == 0o600


def test_two_homes_have_two_passwords(tmp_path: Path) -> None:
    made = []
    for name in ("one", "two"):
        airflow = Airflow(tmp_path / name, {})
        airflow.folder.mkdir(parents=True)
        made.append(password(airflow))
    assert made[0] != made[1]


def test_reasons_are_what_was_raised_or_else_the_last_lines(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text('{"event": "fine"}\n')
    start = log.stat().st_size
    assert reasons(log, start) == []
    log.write_text('{"event": "fine"}\n\none\ntwo\nthree\nfour\n')
    assert reasons(log, start) == ["two", "three", "four"]
    event = {"event": "task failed", "error_detail": [{"exc_type": "A", "exc_value": "inner"}, {"exc_type": "B"}]}
    log.write_text(f'{{"event": "fine"}}\n{json.dumps(event)}\nnot json\n')
    assert reasons(log, start) == exceptions(log) == ["A: inner"]


@pytest.mark.parametrize("line", ["[]", "5", '{"exception": 5}', '{"exception": [7]}', '{"error_detail": []}', "null"])
def test_an_odd_line_of_a_log_is_no_exception(tmp_path: Path, line: str) -> None:
    log = tmp_path / "log"
    log.write_text(line + "\n")
    assert exceptions(log) == []


def test_a_log_that_is_not_there_gives_no_reasons(tmp_path: Path) -> None:
    assert reasons(tmp_path / "none") == exceptions(tmp_path / "none") == []
