"""Topic files: every mistake named at once, with its key."""

import copy
import dataclasses
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings

from pipeline.config.topics import MAX_PHRASES, MAX_REFERENCES, check_topics, load_topics
from pipeline.errors import ConfigError
from pipeline.stages.tag import tag
from pipeline.topic import PhraseGroup, Reference, Topic
from tests.support.yaml_values import YAML_VALUES, spoilt

TOPIC: dict[str, Any] = {
    "name": "Harbour strike",
    "description": "Dockers of Portvale on strike.",
    "threshold": 0.6,
    "references": [{"title": "Dockers walk out", "text": "The dockers of Portvale shut the gates."}],
    "groups": {"actors": {"dockers": ["dockers", "harbour workers"]}, "acts": {"strike": ["strike", "walkout"]}},
    "subject": {"dockers": 1},
    "together": [{"strike": 0.8}],
    "against": {"sport": {"weight": 0.5, "phrases": ["bowling"]}},
}


def checked(path: Path, document: Any) -> tuple[tuple[Topic, ...], list[str]]:
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
    topics, problems = check_topics(path)
    assert all(line.startswith(f"{path}: ") and line.isprintable() for line in problems)
    return topics, [line.removeprefix(f"{path}: ") for line in problems]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "harbour-strike.yaml"


def mistakes(file: Path, place: str, value: Any) -> list[str]:
    """What is wrong with a topic that is right but for one value; ``...`` leaves it out."""
    document = copy.deepcopy(TOPIC)
    *way, last = place.split(".")
    node: Any = document
    for step in way:
        node = node[int(step) if isinstance(node, list) else step]
    key: Any = int(last) if isinstance(node, list) else last
    if value is ...:
        del node[key]
    else:
        node[key] = value
    topics, problems = checked(file, document)
    assert bool(topics) != bool(problems)
    return problems


def test_a_topic_is_read(file: Path) -> None:
    (topic,), problems = checked(file, TOPIC)
    assert problems == []
    assert topic.id == "harbour-strike"
    assert (topic.name, topic.threshold) == ("Harbour strike", 0.6)
    assert topic.references == (Reference("Dockers walk out", "The dockers of Portvale shut the gates."),)
    assert topic.groups == (
        PhraseGroup("dockers", ("dockers", "harbour workers")),
        PhraseGroup("strike", ("strike", "walkout")),
    )
    assert (topic.subject, topic.together) == ((("dockers", 1.0),), ((("strike", 0.8),),))
    assert topic.against == (PhraseGroup("not sport", ("bowling",), 0.5),)


def test_a_topic_as_read_can_be_applied(file: Path) -> None:
    topics, _ = checked(file, TOPIC)
    assert tag("Dockers strike", "The dockers of Portvale on strike shut the gates.", topics)[0].tagged


def test_against_may_be_left_out_and_weighs_fully_by_default(file: Path) -> None:
    assert mistakes(file, "against", ...) == []
    assert mistakes(file, "against", None) == []
    checked(file, TOPIC | {"against": {"sport": {"phrases": ["bowling"]}}})
    assert load_topics(file)[0].against[0].weight == 1.0


def test_every_mistake_is_named_at_once(file: Path) -> None:
    document = {
        "name": 5,
        "threshold": 2,
        "references": [{"title": "", "text": "x", "by": "me"}],
        "groups": {
            "actors": {"dockers": ["dock.*", "1", 7], "crews": ["Dóckers crew"]},
            "places": {"crews": []},
            "colours": {"red": ["red"]},
        },
        "subject": {"dockers": 0, "ghosts": 1},
        "together": [{}, "strike"],
        "against": {"sport": ["bowling"], "crew": {"phrases": ["dockers crew"]}},
        "extra": True,
    }
    topics, problems = checked(file, document)
    assert topics == ()
    assert problems == [
        "unknown key 'extra' (known: name, description, threshold, references, groups, subject, together, against, "
        "model)",
        "description is missing",
        "groups: unknown key 'colours' (known: actors, places, acts, terms)",
        "groups.actors.dockers.1: 'dock.*' must be plain words; patterns are not supported",
        "groups.actors.dockers.3: must be text; put numbers and words like 'no' in quotes",
        "groups.places.crews: another kind has a group of this name",
        "groups.places.crews: must be a list with at least one item",
        "against.sport: must be a mapping (key: value)",
        "against.sport.phrases: must be a list with at least one item",
        "name: must be text; put numbers and words like 'no' in quotes",
        "threshold: must be a number above 0, up to 1",
        "references.1: unknown key 'by' (known: title, text)",
        "references.1.title: must be 1 to 20000 characters of text",
        "subject: no group is named 'ghosts'",
        "subject.dockers: must be a number above 0, up to 1",
        "together.1: is empty; name at least one group",
        "together.2: must be a mapping (key: value)",
        "groups: 'crews' stands in no line of 'subject' or 'together'",
    ]


@pytest.mark.parametrize("key", [key for key in TOPIC if key != "against"])
def test_a_missing_key_is_named_once(file: Path, key: str) -> None:
    problems = mistakes(file, key, ...)
    assert [line for line in problems if key in line.partition(":")[0].partition(" ")[0]] == [f"{key} is missing"]


@pytest.mark.parametrize("threshold", [0, -1, 1.01, "0.5", True, None, [0.5], float("inf")])
def test_a_threshold_is_a_share(file: Path, threshold: Any) -> None:
    assert any("threshold" in line for line in mistakes(file, "threshold", threshold))


@pytest.mark.parametrize("threshold", [0.0001, 1, 1.0])
def test_the_ends_of_a_share(file: Path, threshold: float) -> None:
    assert mistakes(file, "threshold", threshold) == []


@pytest.mark.parametrize("phrase", ["dock.*", "a+b", "why?", "(a)", "[a]", "a|b", "^a", "a$", "a\\b", "{a}", "<a>"])
def test_phrases_are_no_patterns(file: Path, phrase: str) -> None:
    (problem,) = mistakes(file, "groups.actors.dockers.0", phrase)
    assert problem.endswith("must be plain words; patterns are not supported")


@pytest.mark.parametrize("phrase", ["Portvale, Ohio", "St. Anne", "—", "_", "a – b", "\u0301", "ـ"])
def test_phrases_that_could_never_match_are_refused(file: Path, phrase: str) -> None:
    (problem,) = mistakes(file, "groups.actors.dockers.0", phrase)
    assert "would match nothing" in problem


@pytest.mark.parametrize(
    "phrase", ["crew's", "Al-Qasr", "צה״ל", "عمال الميناء", "and/or", "v1.2", "7 Seas", "  Dock  "]
)
def test_plain_words_of_any_script_are_phrases(file: Path, phrase: str) -> None:
    assert mistakes(file, "groups.actors.dockers.0", phrase) == []


@pytest.mark.parametrize("phrase", ["", "  ", "x" * 81, 7, None, True, ["dockers"], {"dockers": 1}])
def test_other_values_are_no_phrases(file: Path, phrase: Any) -> None:
    (problem,) = mistakes(file, "groups.actors.dockers.0", phrase)
    assert problem.startswith("groups.actors.dockers.1: must be ")


@pytest.mark.parametrize("twin", ["DOCKERS", "Dóckers", "do\u00adckers"])
def test_a_phrase_in_two_groups_is_a_contradiction_whatever_its_spelling(file: Path, twin: str) -> None:
    (problem,) = mistakes(file, "groups.acts.strike.0", twin)
    assert "stands in two groups, 'dockers' and 'strike'" in problem


def test_an_unknown_group_is_named_once_whatever_its_share(file: Path) -> None:
    assert mistakes(file, "together.0", {"strike": 1, "ghosts": 7}) == ["together.1: no group is named 'ghosts'"]


def test_a_phrase_may_stand_twice_in_its_own_group(file: Path) -> None:
    assert mistakes(file, "groups.actors.dockers.1", "Dockers") == []


@pytest.mark.parametrize("name", [5, None, "", "x" * 61, "a\nb"])
def test_names_of_groups_are_short_text(file: Path, name: Any) -> None:
    document = copy.deepcopy(TOPIC)
    document["against"] = {name: {"phrases": ["bowling"]}}
    assert any(line.startswith("against: ") for line in checked(file, document)[1])


def test_too_many_phrases_and_references_are_refused(file: Path) -> None:
    many = [f"word{number}" for number in range(MAX_PHRASES + 1)]
    assert f"more than {MAX_PHRASES} phrases" in mistakes(file, "groups.actors.dockers", many)[0]
    stories = [{"title": "Walkout", "text": f"Story {number}"} for number in range(MAX_REFERENCES + 1)]
    assert mistakes(file, "references", stories) == [f"references: more than {MAX_REFERENCES}"]


@pytest.mark.parametrize("name", ["Harbour.yaml", "a_b.yaml", "x" * 65 + ".yaml", "zürich.yaml"])
def test_the_name_of_the_file_must_be_an_id(tmp_path: Path, name: str) -> None:
    topics, problems = checked(tmp_path / name, TOPIC)
    assert (topics, problems) == ((), ["the file's name is the topic's id: a-z, 0-9 and '-', at most 64 long"])


def test_a_folder_gives_its_topics_in_the_order_of_their_ids(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yaml", ".hidden.yaml", "README.md"):
        (tmp_path / name).write_text(yaml.safe_dump(TOPIC) if name.endswith("yaml") else "no topic")
    assert [topic.id for topic in load_topics(tmp_path)] == ["a", "b"]


def test_mistakes_of_all_files_of_a_folder_are_named_with_their_file(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("{")
    (tmp_path / "b.yaml").write_text(yaml.safe_dump(TOPIC))
    (tmp_path / "c.yaml").write_text(yaml.safe_dump(TOPIC | {"threshold": 7}))
    (tmp_path / "d.yaml").mkdir()
    topics, problems = check_topics(tmp_path)
    assert [topic.id for topic in topics] == ["b"]
    assert [Path(line.partition(": ")[0]).name for line in problems] == ["a.yaml", "c.yaml", "d.yaml"]
    with pytest.raises(ConfigError) as raised:
        load_topics(tmp_path)
    assert raised.value.problems == tuple(problems)


@pytest.mark.parametrize("name", ["a.yml", "a.YAML"])
def test_a_topic_with_another_ending_is_not_overlooked(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(yaml.safe_dump(TOPIC))
    assert check_topics(tmp_path)[1] == [f"{tmp_path / name}: not read; topic files end in .yaml"]


def test_an_empty_folder_and_a_missing_one_are_mistakes(tmp_path: Path) -> None:
    assert check_topics(tmp_path)[1] == [f"{tmp_path}: holds no topic (a file that ends in .yaml)"]
    assert check_topics(tmp_path / "none")[1] == [f"{tmp_path / 'none'}: cannot read it ({os.strerror(2)})"]


def test_a_name_that_no_file_can_have_is_a_mistake() -> None:
    path = Path("x" * 5000)
    assert check_topics(path)[1] == [f"{path}: cannot read it ({os.strerror(36)})"]


def test_the_digest_changes_with_every_rule_and_only_then(file: Path) -> None:
    (topic,), _ = checked(file, TOPIC)
    changes = {
        "name": "Other",
        "description": "Other",
        "threshold": 0.7,
        "references": (),
        "groups": (),
        "subject": (),
        "together": (),
        "against": (),
    }
    digests = {dataclasses.replace(topic, **{key: value}).digest for key, value in changes.items()}
    assert len(digests | {topic.digest}) == len(changes) + 1
    assert checked(file, dict(reversed(TOPIC.items())))[0][0] == topic
    assert dataclasses.replace(topic, threshold=0.7) != topic
    assert dataclasses.replace(topic, id="other") != topic


@settings(max_examples=60, deadline=None)
@given(document=YAML_VALUES)
def test_no_value_raises(document: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    topics, problems = checked(tmp_path_factory.mktemp("any") / "topic.yaml", document)
    assert topics == ()
    assert problems


@settings(max_examples=150, deadline=None)
@given(document=spoilt(TOPIC))
def test_a_topic_with_one_spoilt_value_is_reported_or_still_works(
    document: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    topics, problems = checked(tmp_path_factory.mktemp("spoilt") / "topic.yaml", document)
    assert bool(topics) != bool(problems)
    assert all(0 <= score.score <= 1 for score in tag("Dockers strike", "Bowling", topics))
