"""``sitrep check-config``: every mistake everywhere, in one run."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from pipeline.cli import check_config as command
from pipeline.flows import check_config as flow
from pipeline.flows.check_config import Findings, Mistake, check_config
from pipeline.settings import setting_names

APP = typer.Typer()
APP.callback()(lambda: None)
command.register(APP)

FEEDS = "feeds:\n  - {id: post, name: Post, url: 'https://post.example/feed/'}\n"
Write = Callable[[str, str], Path]


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in setting_names():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write_file


def run(*arguments: str) -> Result:
    return CliRunner().invoke(APP, ["check-config", *arguments])


def answer(result: Result) -> Any:
    (line,) = result.stdout.splitlines()
    return json.loads(line)


def test_what_is_shipped_is_right() -> None:
    result = run()
    assert result.exit_code == 0
    assert result.stdout.startswith("no mistakes: ")
    assert " feeds, " in result.stdout
    assert " topic" in result.stdout
    assert " boilerplate rules" in result.stdout


def test_right_files_are_counted(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITREP_FEEDS", str(write("feeds.yaml", FEEDS)))
    result = run("--json")
    found = answer(result)
    assert result.exit_code == 0
    assert (found["ok"], found["problems"], found["feeds"]) == (True, [], 1)
    assert found["topics"] >= 1
    assert found["rules"] > 10
    assert "1 feed, " in run().stdout


def test_every_mistake_of_environment_and_files_is_named_at_once(
    write: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    feeds = write("my feeds.yaml", "feeds:\n  - {id: A, name: '', url: x}\n  - 5\n")
    topics = write("topics/a.yaml", "name: x\nname: y\n").parent
    write("topics/b.yml", "")
    monkeypatch.setenv("SITREP_FEEDS", "my feeds.yaml")
    monkeypatch.setenv("SITREP_TOPICS", str(topics))
    monkeypatch.setenv("SITREP_SHARDS", "0")
    monkeypatch.setenv("SITREP_DATABASE_URL", "mysql://u:geheim@db/x")
    monkeypatch.setenv("SITREP_CONTCT", "ops@example.org")
    result = run()
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "environment: SITREP_DATABASE_URL: must be a SQLAlchemy URL that begins with sqlite:///, postgresql:// or "
        "postgresql+driver://",
        "environment: SITREP_SHARDS: must be greater than or equal to 1",
        "environment: SITREP_CONTCT: no such setting; did you mean SITREP_CONTACT?",
        f"{feeds}: feed 1: id must be a slug of a-z, 0-9 and '-', at most 64 long; put a number in quotes",
        f"{feeds}: feed 1: name must be one line of 1 to 2000 characters",
        f"{feeds}: feed 1: url must be an absolute http or https URL",
        f"{feeds}: feed 2: wants a mapping with id, name and url",
        f"{topics}/b.yml: not read; topic files end in .yaml",
        f"{topics}/a.yaml: line 2: key 'name' stands twice",
    ]
    assert answer(run("--json")) == {
        "ok": False,
        "problems": [
            {"file": file, "problem": problem}
            for file, problem in (
                line.split(": ", 1) if line.startswith("environment") else _parted(line)
                for line in result.stdout.splitlines()
            )
        ],
        "feeds": 0,
        "topics": 0,
        "rules": check_config().rules,
    }


def _parted(line: str) -> tuple[str, str]:
    end = line.index("ml: ") + 2
    return line[:end], line[end + 2 :]


def test_other_variables_below_the_prefix_are_nobodys_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SITREP_SCHEDULE", "SITREP_LOG_FORMAT", "SITREP_IMAGE", "OTHER_CONTCT"):
        monkeypatch.setenv(name, "x")
    assert run().exit_code == 0


def test_rules_and_index_files_are_checked_too(write: Write, tmp_path: Path) -> None:
    rules = write("rules.yaml", "rules:\n  - {id: a, where: nowhere, pattern: x, match: [y]}\n")
    for name, text in (("stories.json", "{"), ("runs.json", "[]"), ("analysis-full.json", "{}")):
        write(f"index/{name}", text)
    findings = check_config(boilerplate=rules, elasticsearch=tmp_path / "index")
    assert not findings.ok
    assert [(Path(mistake.file).name, mistake.problem.partition(" (")[0]) for mistake in findings.problems] == [
        ("rules.yaml", "rule 1"),
        ("analysis-local.json", "cannot read it"),
        ("runs.json", "wants a JSON object"),
        ("stories.json", "not JSON"),
    ]


def test_a_deeply_nested_index_file_is_a_mistake(write: Write, tmp_path: Path) -> None:
    for name in flow.INDEX_FILES:
        write(f"index/{name}", "[" * 200_000)
    problems = check_config(elasticsearch=tmp_path / "index").problems
    assert len(problems) == len(flow.INDEX_FILES)
    assert all(mistake.problem.startswith("not JSON") for mistake in problems)


def test_a_missing_file_is_one_mistake_and_the_others_are_still_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITREP_FEEDS", "none.yaml")
    findings = check_config()
    assert findings.problems == (
        Mistake(str(Path("none.yaml").absolute()), "cannot read it (No such file or directory)"),
    )
    assert findings.topics > 0


def test_a_file_named_like_a_message_is_parted_rightly(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write("a: b/feeds: all.yaml", "feeds: 1")
    monkeypatch.setenv("SITREP_FEEDS", str(path))
    (mistake,) = check_config().problems
    assert mistake == Mistake(str(path), "wants a mapping with the key 'feeds' that holds a list")


def test_findings_without_problems_are_ok() -> None:
    assert Findings((), 0, 0, 0).ok
    assert not Findings((Mistake("environment", "x"),), 0, 0, 0).ok
