"""A topic's trained weights: read beside the topic file, every mistake named."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.config.topic_model import check_model
from pipeline.config.topics import check_topics, load_topics
from pipeline.settings import CHECKOUT
from pipeline.stages.tag.signals import SIGNAL_NAMES
from pipeline.topic import Model, Weighing

SHORT = {"bias": -2, "weights": {"likeness": 3.5, "subject": 1}}
LONG = {"bias": 1, "weights": {"against": -4}}
GOOD = {"short": SHORT, "long": LONG, "trained": {"seed": 1}}


def checked(folder: Path, document: Any) -> tuple[Model | None, list[str]]:
    (folder / "a.model.json").write_text(document if isinstance(document, str) else json.dumps(document))
    return check_model(folder, "a.model.json")


def test_weights_are_read_in_the_order_of_the_signals(tmp_path: Path) -> None:
    short, long = Weighing(-2.0, (("subject", 1.0), ("likeness", 3.5))), Weighing(1.0, (("against", -4.0),))
    assert checked(tmp_path, GOOD) == (Model(short, long), [])


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("no json", ["is not JSON"]),
        ("[" * 20_000, ["is not JSON"]),
        ("x" * 200_000, ["wants a JSON object"]),
        ([], ["wants a JSON object"]),
        ({}, ["short: must be an object", "long: must be an object"]),
        (GOOD | {"colour": 1, "long": {}}, ["unknown key 'colour'", "long: bias: must be", "long: weights: must be"]),
        (
            GOOD | {"short": {"bias": True, "weights": {"ghost": 1, "subject": "x"}, "size": 1}},
            ["short: unknown key 'size'", "short: bias: must", "no signal is named 'ghost'", "weights.subject: must"],
        ),
        (
            f'{{"short": {{"bias": 1{"0" * 400}, "weights": {{"subject": -101}}}}, "long": {json.dumps(LONG)}}}',
            ["short: bias: must be", "short: weights.subject: must"],
        ),
        (
            f'{{"short": {json.dumps(SHORT)}, "long": {{"bias": NaN, "weights": {{"subject": 1e999}}}}}}',
            ["long: bias: must be", "long: weights.subject: must"],
        ),
    ],
)
def test_every_mistake_of_a_model_is_named_at_once(tmp_path: Path, document: Any, words: list[str]) -> None:
    model, problems = checked(tmp_path, document)
    assert model is None
    assert len(problems) == len(words)
    assert all(word in problem for word, problem in zip(words, problems, strict=True))


@pytest.mark.parametrize("name", ["../a.model.json", "/etc/passwd", "a.yaml", 7, "none.json", ["x"]])
def test_a_model_lies_beside_its_topic(tmp_path: Path, name: Any) -> None:
    model, problems = check_model(tmp_path, name)
    assert model is None
    assert len(problems) == 1


def test_a_topic_names_its_model_and_its_mistakes_are_the_topics(tmp_path: Path) -> None:
    shipped = CHECKOUT / "config" / "topics" / "israel-hezbollah.yaml"
    (tmp_path / "war.yaml").write_text(shipped.read_text(encoding="utf-8"), encoding="utf-8")
    topics, problems = check_topics(tmp_path)
    assert topics == ()
    assert [problem.partition(": ")[2] for problem in problems] == [
        "model: cannot read israel-hezbollah.model.json (No such file or directory)"
    ]


def test_the_shipped_model_weighs_every_signal_and_only_the_graded_topic_has_one() -> None:
    models = {topic.id: topic.model for topic in load_topics(CHECKOUT / "config" / "topics")}
    assert models["russia-ukraine"] is None
    model = models["israel-hezbollah"]
    assert model is not None
    assert tuple(name for name, _ in model.long.weights) == SIGNAL_NAMES
    assert {name for name, _ in model.short.weights} < set(SIGNAL_NAMES)
