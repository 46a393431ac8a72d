"""Rules are tried on their examples once for each state of their file, and never believed where that is not known."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.config.boilerplate import check_boilerplate
from pipeline.errors import ConfigError
from pipeline.flows import checked_rules as flow
from pipeline.flows.checked_rules import NOTE, checked_rules, load_rules
from pipeline.stages.clean import clean

ADVERT = {"id": "advert", "where": "anywhere", "pattern": "advertisement", "match": ["Advertisement"]}
WRONG = ADVERT | {"match": ["Subscribe now"]}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("SITREP_CACHE", str(folder))
    return folder


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files whose rules were tried, in order."""
    files: list[Path] = []

    def noting(path: Path) -> Any:
        files.append(path)
        return check_boilerplate(path)

    monkeypatch.setattr(flow, "check_boilerplate", noting)
    return files


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def written(*rows: Any) -> Path:
        path = tmp_path / "boilerplate.yaml"
        path.write_text(json.dumps({"rules": rows}), "utf-8")
        return path

    return written


def test_the_rules_can_be_loaded_when_nothing_is_wrong(write: Callable[..., Path]) -> None:
    assert clean("Advertisement", load_rules(write(ADVERT))).text == ""


def test_loading_names_every_mistake(write: Callable[..., Path]) -> None:
    path = write(ADVERT | {"where": "above"}, ADVERT | {"id": "No Slug"})
    with pytest.raises(ConfigError) as caught:
        load_rules(path)
    assert len(caught.value.problems) == 2
    assert all(str(path) in problem for problem in caught.value.problems)


def test_one_state_is_tried_once(write: Callable[..., Path], tried: list[Path]) -> None:
    path = write(ADVERT)
    answers = [checked_rules(path) for _ in range(3)]
    assert tried == [path]
    assert answers == [answers[0]] * 3
    assert answers[0][1] == []


def test_another_state_is_tried_again(write: Callable[..., Path], tried: list[Path]) -> None:
    checked_rules(write(ADVERT))
    path = write(WRONG)
    assert "does not match its example" in checked_rules(path)[1][0]
    assert checked_rules(path)[1] != []
    assert len(tried) == 3


def test_a_file_of_the_same_length_written_over_it_is_tried(write: Callable[..., Path], tried: list[Path]) -> None:
    path = write(ADVERT)
    checked_rules(path)
    changed = path.read_text("utf-8").replace('["Advertisement"]', '["Subscriptions"]')
    before = path.stat()
    path.write_text(changed, "utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert checked_rules(path)[1] != []


def test_what_tries_them_counts_too(write: Callable[..., Path], tried: list[Path], monkeypatch: Any) -> None:
    path = write(ADVERT)
    checked_rules(path)
    monkeypatch.setattr(flow, "re2", flow)
    checked_rules(path)
    assert len(tried) == 2


def test_a_damaged_note_is_not_believed(write: Callable[..., Path], tried: list[Path], cache: Path) -> None:
    path = write(ADVERT)
    checked_rules(path)
    os.truncate(cache / NOTE, 20)
    checked_rules(path)
    (cache / NOTE).write_bytes(b"\xff\x00")
    checked_rules(path)
    checked_rules(path)
    assert len(tried) == 3


def test_without_a_place_for_the_note_they_are_tried_each_time(
    write: Callable[..., Path], tried: list[Path], cache: Path
) -> None:
    cache.touch()
    path = write(ADVERT)
    assert checked_rules(path) == checked_rules(path)
    assert len(tried) == 2


def test_a_file_that_is_broken_behind_the_note_is_tried(
    write: Callable[..., Path], tried: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if it were replaced between the look at its state and the reading."""
    monkeypatch.setattr(flow, "_state", lambda _: "a" * 64)
    checked_rules(write(ADVERT))
    assert checked_rules(write("not a mapping"))[1] != []
    assert len(tried) == 2


def test_a_change_in_the_file_of_a_language_is_a_change_of_the_rules(
    write: Callable[..., Path], tried: list[Path]
) -> None:
    path = write(ADVERT)
    checked_rules(path)
    path.with_suffix("").mkdir()
    row = ADVERT | {"id": "advert-fr", "pattern": "publicité", "match": ["Publicité"]}
    (path.with_suffix("") / "fr.yaml").write_text(json.dumps({"rules": [row], "signs": ["le"]}), "utf-8")
    rules, _ = checked_rules(path)
    assert rules is not None
    assert [rule.id for rule in rules.rules] == ["advert", "advert-fr"]
    checked_rules(path)
    assert tried == [path, path]
