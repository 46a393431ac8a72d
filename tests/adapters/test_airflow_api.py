"""Asking Airflow: its answers over real HTTP, and every way of not being answered. (Airflow itself: test_up_real.)"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from pipeline.adapters.airflow_api import AirflowApi, FailedRun, Health, NoAnswer

SINCE = datetime(2024, 10, 21, 12, tzinfo=UTC)
BEFORE, AFTER = "2024-10-21T11:59:00Z", "2024-10-21T12:01:00+00:00"
TOKEN = {"access_token": "let-me-in"}
HEALTHY = {part: {"status": "healthy"} for part in ("metadatabase", "scheduler", "dag_processor")}


@contextmanager
def answering(answers: dict[str, Any], status: int = 200) -> Iterator[tuple[AirflowApi, list[str]]]:
    """An API server that says this under these paths; what was asked, with the token that came along."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.path} {self.headers.get('Authorization', '')}".strip())
            said = answers.get(self.path.partition("?")[0])
            body = said.encode() if isinstance(said, str) else json.dumps(said).encode()
            self.send_response(status if said is not None else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:
            """Requests are on record."""

    class Server(HTTPServer):
        def server_bind(self) -> None:
            # HTTPServer would ask the name server for this machine's name.
            self.socket.bind(self.server_address)
            self.server_address = self.socket.getsockname()

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield AirflowApi(server.server_address[1], "sitrep", "secret"), asked
    finally:
        server.shutdown()
        server.server_close()


def test_health_says_which_parts_live() -> None:
    said = HEALTHY | {"scheduler": {"status": "unhealthy"}}
    with answering({"/api/v2/monitor/health": said}) as (api, _):
        assert api.health() == Health(scheduler=False, dag_processor=True)


def test_an_airflow_without_its_database_does_not_answer() -> None:
    said = HEALTHY | {"metadatabase": {"status": "unhealthy"}}
    with answering({"/api/v2/monitor/health": said}) as (api, _), pytest.raises(NoAnswer, match="database"):
        api.health()


def test_a_dag_that_was_not_read_since_then_is_not_known_yet() -> None:
    dag = {"dag_id": "ingest", "is_paused": False, "last_parsed_time": BEFORE}
    answers = {"/auth/token": TOKEN, "/api/v2/dags": {"dags": [dag | {"dag_id": "ingest-2"}, dag]}}
    with answering(answers) as (api, asked):
        assert api.is_paused("ingest", SINCE) is None
        dag["last_parsed_time"] = AFTER
        assert api.is_paused("ingest", SINCE) is False
        dag["is_paused"] = True
        assert api.is_paused("ingest", SINCE) is True
        assert asked[1] == "/api/v2/dags?dag_id_pattern=ingest Bearer let-me-in"


def test_only_files_found_broken_since_then_are_told() -> None:
    errors = [
        {"filename": "old.py", "stack_trace": "Traceback\nOld: error", "timestamp": BEFORE},
        {"filename": "ingest.py", "stack_trace": "Traceback\n  line\nBad: 99 is out of range\n", "timestamp": AFTER},
    ]
    with answering({"/auth/token": TOKEN, "/api/v2/importErrors": {"import_errors": errors}}) as (api, _):
        assert api.import_errors(SINCE) == ("ingest.py: Bad: 99 is out of range",)


def test_failed_runs_are_asked_for_by_their_end() -> None:
    run = {"dag_id": "ingest", "dag_run_id": "scheduled__1", "run_after": BEFORE, "end_date": AFTER}
    with answering({"/auth/token": TOKEN, "/api/v2/dags/~/dagRuns": {"dag_runs": [run]}}) as (api, asked):
        (found,) = api.failed_runs(SINCE)
        assert found == FailedRun(
            "ingest", "scheduled__1", datetime.fromisoformat(BEFORE), datetime.fromisoformat(AFTER)
        )
        assert "state=failed" in asked[1]
        assert "end_date_gte=2024-10-21T12%3A00%3A00%2B00%3A00" in asked[1]


CALLS: list[Callable[[AirflowApi], object]] = [
    lambda api: api.health(),
    lambda api: api.is_paused("ingest", SINCE),
    lambda api: api.import_errors(SINCE),
    lambda api: api.failed_runs(SINCE),
]
PATHS = ("/api/v2/monitor/health", "/api/v2/dags", "/api/v2/importErrors", "/api/v2/dags/~/dagRuns")


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("said", ["<html>", "[]", "5", "null", '{"dags": [5], "import_errors": 5, "dag_runs": [{}]}'])
def test_answers_that_are_not_airflows_are_no_answers(call: Callable[[AirflowApi], object], said: str) -> None:
    with answering({"/auth/token": TOKEN, **dict.fromkeys(PATHS, said)}) as (api, _), pytest.raises(NoAnswer):
        call(api)


@pytest.mark.parametrize("call", CALLS)
def test_a_refusal_is_told_by_its_status(call: Callable[[AirflowApi], object]) -> None:
    answers = {"/auth/token": TOKEN, **dict.fromkeys(PATHS, HEALTHY)}
    with answering(answers, status=503) as (api, _), pytest.raises(NoAnswer, match="HTTP 503"):
        call(api)


def test_a_closed_port_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")  # never asked
    with answering({}) as (api, _):
        pass
    with pytest.raises(NoAnswer, match="refused"):
        api.health()
