"""The profile ``scale``: what it adds to the compose file, and that nothing of it reaches a start without it."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from pipeline.settings import CHECKOUT, Settings
from tests.stack.compose_file import AIRFLOW, NAMES, SCALE, environment, filled_in, services, variables

STACK = CHECKOUT / "config" / "stack"
SHELL = shutil.which("sh")
needs_shell = pytest.mark.skipif(SHELL is None, reason="sh is not installed")


def read(name: str) -> dict[str, str]:
    lines = (STACK / name).read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def redis(folder: Path, password: str) -> "subprocess.CompletedProcess[str]":
    """The script with a server that only tells what it was given."""
    server = folder / "redis-server"
    server.write_text('#!/bin/sh\necho "arguments: $*"\ncat\n')
    server.chmod(0o755)
    given = {"PATH": f"{folder}:/usr/bin:/bin", "REDIS_PASSWORD": password}
    return subprocess.run([str(SHELL), str(STACK / "redis.sh")], env=given, capture_output=True, text=True, check=False)


def test_without_it_airflow_runs_its_tasks_itself_and_needs_no_secret_more() -> None:
    for name in AIRFLOW:
        assert filled_in(environment(name)["AIRFLOW__CORE__EXECUTOR"], {}) == "LocalExecutor"
    assert variables()["REDIS_PASSWORD"] == {":-"}
    for name in set(NAMES) - SCALE:
        needed = {other for other, how in services()[name].get("depends_on", {}).items() if how.get("required", True)}
        assert not needed & SCALE


def test_its_file_sets_what_the_compose_file_reads() -> None:
    chosen = read("scale.env")
    assert chosen.pop("COMPOSE_PROFILES") == "scale"
    assert chosen.keys() <= variables().keys()
    assert filled_in(environment("airflow-scheduler")["AIRFLOW__CORE__EXECUTOR"], chosen) == "CeleryExecutor"
    assert int(chosen["SITREP_SHARDS"]) > 1
    assert 0 < float(chosen["SITREP_POLL_SPREAD"]) < Settings().round_limit


def test_a_worker_is_what_the_scheduler_is_but_for_its_command() -> None:
    worker, scheduler = services()["airflow-worker"], services()["airflow-scheduler"]
    assert worker["environment"].items() >= scheduler["environment"].items()
    for part in ("image", "volumes", "cap_drop", "mem_limit"):
        assert worker[part] == scheduler[part]
    assert "ports" not in worker
    assert "container_name" not in worker  # there are several


def test_no_task_may_take_so_long_that_it_is_handed_out_twice() -> None:
    sources = [file.read_text(encoding="utf-8") for file in (CHECKOUT / "dags").glob("*.py")]
    hours = [int(found) for text in sources for found in re.findall(r"timedelta\(hours=(\d+)\)", text)]
    patience = environment("airflow-worker")["AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT"]
    assert max(hours) * 3600 < int(patience)


def test_the_queue_is_nobodys_but_the_stacks() -> None:
    assert "ports" not in services()["redis"]
    assert services()["redis"]["cap_drop"] == ["ALL"]
    assert not services()["redis"]["user"].startswith("0")


@needs_shell
def test_there_is_no_queue_without_a_password(tmp_path: Path) -> None:
    refused = redis(tmp_path, "")
    assert refused.returncode != 0
    assert "REDIS_PASSWORD" in refused.stderr
    assert "arguments" not in refused.stdout


@needs_shell
def test_the_password_stands_in_no_list_of_processes(tmp_path: Path) -> None:
    started = redis(tmp_path, "s3cret")
    arguments, *settings = started.stdout.splitlines()
    assert "s3cret" not in arguments
    assert "requirepass s3cret" in settings
    assert "appendfsync always" in settings


def test_what_is_asked_for_is_in_the_lock() -> None:
    asked = [line for line in (STACK / "celery.in").read_text().splitlines() if not line.startswith("#")]
    locked = (STACK / "celery.lock").read_text(encoding="utf-8")
    for line in asked:
        assert f"\n{re.split('[<>=]', line)[0]}==" in f"\n{locked}"
