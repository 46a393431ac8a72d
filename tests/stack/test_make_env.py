"""``make env``: random secrets, for their owner only, written once."""

import base64
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from pipeline.settings import CHECKOUT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What ``make env`` needs of a checkout."""
    shutil.copy(CHECKOUT / "Makefile", tmp_path)
    shutil.copytree(CHECKOUT / "config" / "stack", tmp_path / "config" / "stack")
    return tmp_path


def make_env(folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"]}
    return subprocess.run(
        ["make", "env"], cwd=folder, env=environment, umask=0, capture_output=True, text=True, check=False
    )


def read(folder: Path) -> dict[str, str]:
    lines = (folder / ".env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_secrets_are_long_random_and_for_their_owner_only(
    checkout: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert make_env(checkout).returncode == 0
    assert stat.S_IMODE((checkout / ".env").stat().st_mode) == 0o600
    secrets = {name: value for name, value in read(checkout).items() if name != "SITREP_CONTACT"}
    assert len(set(secrets.values())) == len(secrets)
    assert all(len(value) >= 24 for value in secrets.values())
    (checkout / ".env").rename(checkout / "first")
    make_env(checkout)
    assert not set(read(checkout).values()) & set(secrets.values())


def test_secrets_have_the_form_that_each_program_asks_for(checkout: Path) -> None:
    make_env(checkout)
    secrets = read(checkout)
    assert len(base64.urlsafe_b64decode(secrets["AIRFLOW_FERNET_KEY"])) == 32
    assert len(secrets["AIRFLOW_JWT_SECRET"]) >= 64
    assert all(len(secrets[name]) >= 32 for name in secrets if name.startswith("KIBANA_") and name.endswith("_KEY"))
    # Nothing that a URL, a shell or docker compose would read as more than a letter.
    assert all(
        value.replace("-", "").replace("_", "").replace("=", "").isalnum() for value in secrets.values() if value
    )


def test_a_file_that_is_there_is_never_overwritten(checkout: Path) -> None:
    (checkout / ".env").write_text("KEPT=1\n")
    ran = make_env(checkout)
    assert ran.returncode != 0
    assert "left as it is" in ran.stderr
    assert (checkout / ".env").read_text() == "KEPT=1\n"


def test_no_secret_is_printed(checkout: Path) -> None:
    ran = make_env(checkout)
    assert not [value for value in read(checkout).values() if value and value in ran.stdout + ran.stderr]


def test_the_file_is_never_committed() -> None:
    assert ".env" in (CHECKOUT / ".gitignore").read_text().splitlines()
