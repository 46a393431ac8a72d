"""Asking a running Airflow over its HTTP interface, on loopback, with nothing but the standard library."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from typing import Any
from urllib.parse import urlencode

TIMEOUT = 20.0
MOST_BYTES = 2_000_000
MOST_RUNS = 50
PARTS = ("metadatabase", "scheduler", "dag_processor")
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Past any proxy of the user's."""


class NoAnswer(Exception):
    """Airflow does not answer, or not in the way it should; says why in a few words."""


@dataclass(frozen=True, slots=True)
class Health:
    """Which of its parts Airflow takes for alive by their last sign of life (at most 30 s old)."""

    scheduler: bool
    dag_processor: bool


@dataclass(frozen=True, slots=True)
class FailedRun:
    """A run that Airflow shows as failed."""

    dag_id: str
    id: str
    due_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class AirflowApi:
    """The API server on ``port``. Every method raises ``NoAnswer``."""

    port: int
    user: str
    password: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def health(self) -> Health:
        """Needs no login."""
        said = self._ask("/api/v2/monitor/health")
        with _as_expected():
            alive = {part: said[part]["status"] == "healthy" for part in PARTS}
        if not alive["metadatabase"]:
            raise NoAnswer("its database does not answer")
        return Health(alive["scheduler"], alive["dag_processor"])

    def is_paused(self, dag_id: str, since: datetime) -> bool | None:
        """Was the DAG switched off by hand? None while its file has not been read since then."""
        found = self._get("/api/v2/dags", dag_id_pattern=dag_id)
        with _as_expected():
            return next(
                (
                    bool(dag["is_paused"])
                    for dag in found["dags"]
                    if dag["dag_id"] == dag_id and datetime.fromisoformat(dag["last_parsed_time"]) >= since
                ),
                None,
            )

    def import_errors(self, since: datetime) -> tuple[str, ...]:
        """Why DAG files cannot be read, as found since then: the last line of each."""
        found = self._get("/api/v2/importErrors")
        with _as_expected():
            return tuple(
                f"{error['filename']}: {error['stack_trace'].strip().splitlines()[-1]}"
                for error in found["import_errors"]
                if datetime.fromisoformat(error["timestamp"]) >= since
            )

    def failed_runs(self, since: datetime) -> tuple[FailedRun, ...]:
        """Those of any DAG that ended since then, oldest first."""
        found = self._get(
            "/api/v2/dags/~/dagRuns",
            state="failed",
            end_date_gte=since.isoformat(),
            order_by="end_date",
            limit=str(MOST_RUNS),
        )
        with _as_expected():
            return tuple(
                FailedRun(
                    run["dag_id"],
                    run["dag_run_id"],
                    datetime.fromisoformat(run["run_after"]),
                    datetime.fromisoformat(run["end_date"]),
                )
                for run in found["dag_runs"]
            )

    def _get(self, path: str, **query: str) -> Any:
        said = self._ask("/auth/token", body={"username": self.user, "password": self.password})
        with _as_expected():
            token = str(said["access_token"])
        return self._ask(f"{path}?{urlencode(query)}", {"Authorization": f"Bearer {token}"})

    def _ask(self, path: str, headers: Mapping[str, str] | None = None, body: Any = None) -> Any:
        content = json.dumps(body).encode() if body is not None else None
        sent = {"Content-Type": "application/json"} | dict(headers or {})
        # A URL of ours on loopback, never one from outside.
        request = urllib.request.Request(self.url + path, content, sent)  # noqa: S310
        try:
            with DIRECT.open(request, timeout=TIMEOUT) as answer:
                return json.loads(answer.read(MOST_BYTES))
        except urllib.error.HTTPError as error:
            error.close()
            raise NoAnswer(f"HTTP {error.code} for {path.partition('?')[0]}") from None
        except (OSError, HTTPException, ValueError) as error:
            raise NoAnswer(str(getattr(error, "reason", error)) or type(error).__name__) from None


@contextmanager
def _as_expected() -> Iterator[None]:
    try:
        yield
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        raise NoAnswer("its answer is not that of Airflow") from None
