"""What ``make test-stack`` leans on, checked without containers: it must not rot between two rehearsals."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from pipeline.settings import CHECKOUT
from tests.stack.compose_file import services
from tests.stack.rehearsal.images import HERE, KIBANA_FILES, stand_ins
from tests.stack.rehearsal.recipe import recipe
from tests.stack.rehearsal.rehearse_crashes import IN_ROUNDS
from tests.stack.rehearsal.rehearse_start import ORDER
from tests.stack.rehearsal.stack import LASTING


def test_every_image_that_is_not_ours_has_a_stand_in() -> None:
    wanted = {service["image"] for service in services().values()}
    dockerfile = (CHECKOUT / "Dockerfile").read_text(encoding="utf-8")
    wanted |= set(re.findall(r"^FROM (\S+)", dockerfile, re.M))
    built = {tag for _, tags, _ in stand_ins(Path()) for tag in tags}
    assert {image for image in wanted if not image.startswith("sitrep:")} == built


def test_the_files_of_the_stand_ins_are_there() -> None:
    for name, _, _ in stand_ins(Path()):
        assert (HERE / name / "Dockerfile").is_file()
    for file in KIBANA_FILES:
        assert (CHECKOUT / "tests" / file).is_file()


def test_the_stand_in_server_knows_every_stemmer_of_the_full_analysis() -> None:
    plugin = (HERE / "elasticsearch" / "TextAnalysis.java").read_text(encoding="utf-8")
    analysis = json.loads((CHECKOUT / "config/elasticsearch/analysis-full.json").read_text(encoding="utf-8"))
    languages = {each["language"] for each in analysis["filter"].values() if each["type"] == "stemmer"}
    assert languages
    for language in languages:
        assert f'case "{language}"' in plugin


def test_the_services_that_are_rehearsed_exist() -> None:
    assert {service for service, _ in ORDER} <= services().keys()
    assert set(IN_ROUNDS) <= set(LASTING)


@pytest.mark.parametrize(
    ("heading", "number"),
    [("Airflow's own history", 0), ("Backup", 0), ("Backup", 1), ("Restore", 0), ("Workers", 0), ("Workers", 1)],
)
def test_the_recipes_are_commands_that_bash_can_read(heading: str, number: int) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not installed")
    lines = recipe(heading, number)
    assert lines.count("docker compose ") >= 1
    assert subprocess.run([bash, "-n"], input=lines.encode(), capture_output=True, check=False).stderr == b""


def test_make_runs_every_part_of_the_rehearsal() -> None:
    named = re.search(r"^REHEARSAL := (.*)$", (CHECKOUT / "Makefile").read_text(encoding="utf-8"), re.M)
    assert named
    assert sorted(named[1].split()) == sorted(
        file.stem.removeprefix("rehearse_") for file in HERE.glob("rehearse_*.py")
    )


def test_a_rehearsal_is_no_part_of_the_other_tests() -> None:
    assert not [file for file in HERE.rglob("*.py") if re.match(r"test_|.*_test\.py$", file.name)]
