"""Which lines of a page are told as its story, by the model that ships."""

from typing import Any

import numpy as np
import pytest

from pipeline.stages.clean import Block
from pipeline.stages.extract import story as module
from pipeline.stages.extract.line_traits import LINE_TRAITS, Hints, line_traits
from pipeline.stages.extract.page import parse
from pipeline.stages.extract.shown_date import Opening
from pipeline.stages.extract.story import Story, doubt, find_story
from pipeline.stages.extract.story_model import StoryModel, shipped
from pipeline.stages.extract.traits import measure
from pipeline.stages.extract.walk import Surface, walk

PROSE = (
    "The ferry left the island before dawn with forty people on board, the harbour master said on Friday.",
    "By noon the storm had passed and the boats were back, but nobody had counted the crates on the quay.",
    "The council wants to know who had given the order to sail, and why the radio mast was still down.",
    "Fishermen had warned of the swell for days, and two of them had stayed at home for that reason alone.",
)
QUOTE = "“We had seen the clouds since Tuesday, and nobody asked us,” she said."
LINKS = "".join(f"<li><a href='/{word}'>{word}</a></li>" for word in ("World", "Sport", "Money", "Letters"))


def surface(body: str) -> Surface:
    tree = parse(f"<html><body>{body}</body></html>".encode())
    assert tree is not None
    return walk(tree)


def page(story: str) -> str:
    navigation, sidebar = f"<nav><ul>{LINKS}</ul></nav>", f"<aside class='sidebar'><ul>{LINKS}</ul></aside>"
    article = f"<article class='post'><h1>Ferry leaves</h1><div class='entry-content'>{story}</div></article>"
    return f"{navigation}<main>{article}</main>{sidebar}<footer><p>© The Quay</p></footer>"


def told(body: str, *second: str) -> list[str]:
    found = find_story(surface(body), Hints("Ferry leaves"), lambda: tuple(Block(line) for line in second))
    return [block.text for block in found.blocks]


STORY = "".join(f"<p>{line}</p>" for line in PROSE)


def test_paragraphs_are_told_and_what_stands_around_them_is_not() -> None:
    lines = told(page(STORY))
    assert [line for line in lines if line != "Ferry leaves"] == list(PROSE)


@pytest.mark.parametrize(
    ("between", "line"),
    [
        ("<h2>What the crew knew</h2>", "What the crew knew"),
        (f"<blockquote><p>{QUOTE}</p></blockquote>", QUOTE),
        ("<ul><li>one boat is lost, and its owner was told</li></ul>", "one boat is lost, and its owner was told"),
    ],
)
def test_crossheads_quotes_and_lists_inside_the_story_are_told(between: str, line: str) -> None:
    assert line in told(page(STORY.replace("</p><p>", f"</p>{between}<p>", 1)))


def test_a_language_without_known_words_is_told_as_well() -> None:
    arabic = "غادرت العبارة الجزيرة قبل الفجر وعلى متنها أربعون شخصا، بحسب ما قاله مدير الميناء يوم الجمعة."
    lines = told(page("".join(f"<p>{arabic} {number}</p>" for number in range(5))))
    assert sum(arabic in line for line in lines) == 5


def test_a_page_without_lines_has_what_the_second_opinion_finds() -> None:
    assert told("<div></div>", "Something") == ["Something"]


def test_a_page_of_too_many_lines_is_left_to_the_second_opinion(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_LINES", 3)
    assert told(STORY, "Something") == ["Something"]


def model(chances: float) -> StoryModel:
    """Judges all lines alike."""
    bias = float(np.log(chances / (1 - chances)))
    nothing: Any = np.zeros((1, 6), dtype=np.int16)
    return StoryModel({}, (), nothing, np.zeros((1, 6), dtype=np.float32), np.zeros((1, 64), dtype=np.float32), bias)


def test_the_second_opinion_decides_where_the_model_is_in_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.story_model, "shipped", lambda: model(0.5))
    assert told(STORY, PROSE[1], PROSE[3]) == [PROSE[1], PROSE[3]]


def test_nobody_asks_for_a_second_opinion_where_the_model_is_sure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.story_model, "shipped", lambda: model(0.99))
    assert told(STORY, PROSE[1]) == list(PROSE)


def test_lines_between_those_of_the_story_are_told_as_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = surface("".join(f"<p>{number} words</p>" for number in range(40))).lines
    kept = np.array([number in (2, 5) for number in range(40)])
    found = module._told(lines, kept, Opening())
    assert [block.text for block in found.blocks] == ["2 words", "5 words"]
    assert [int(block.text.split()[0]) for block in found.beside] == [3, 4, *range(6, 6 + module.BEHIND)]
    assert module._told(lines, np.zeros(40, dtype=bool), Opening()) == Story()


def test_doubt_is_what_may_be_wrong_for_each_character_that_is_told() -> None:
    length = np.array([100, 100], dtype=np.float32)
    assert doubt(np.array([1.0, 0.0]), length) == 0
    assert doubt(np.array([0.5, 0.5]), length) == 1
    assert doubt(np.array([0.9, 0.1]), length) == pytest.approx(0.2)


def test_the_model_was_taught_the_traits_that_are_measured() -> None:
    rows, names = measure(surface(STORY), Hints())
    assert names == shipped().traits
    assert rows.shape == (4, len(names))
    assert np.isfinite(rows).all()


def test_a_tree_asks_its_questions_of_each_row() -> None:
    trees = StoryModel(
        words={},
        traits=("a", "b"),
        trait=np.array([[0, 1]], dtype=np.int16),
        border=np.array([[0.5, 0.5]], dtype=np.float32),
        leaf=np.array([[0, 1, 2, 4]], dtype=np.float32),
        bias=-1.0,
    )
    rows = np.array([[0, 0], [1, 0], [0, 1], [1, 1]], dtype=np.float32)
    expected = 1 / (1 + np.exp(-(np.array([0, 1, 2, 4]) - 1.0)))
    assert trees.chances(rows) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("line", "trait", "value"),
    [
        ("One end. Two ends. Three.", "sentences", 3),
        ("A line that ends.", "ending", 2),
        ("“A quote that ends.”", "ending", 2),
        ("A list:", "ending", 1),
        ("No end", "ending", 0),
        ("lower", "beginning", 1),
        ("7 boats", "beginning", 3),
        ("Ferry leaves", "like the title", 1),
        ("Ferry stays", "like the title", 0.5),
        ("Home | World | Sport", "odd signs", 2),
        ("Dana Whitlock and Omar", "capitals", 0.75),
        ("The ferry left early today", "in description", 1),
        ("The ferry was late, as ever", "in linked body", 1),
        ("Nothing of it", "in linked body", -1),
        ("Why? Why!", "loud", 2),
    ],
)
def test_what_a_lines_words_tell(line: str, trait: str, value: float) -> None:
    hints = Hints(
        "Ferry leaves", "The ferry left early today, and more", "It rained. The ferry was late, as ever. End."
    )
    (row,) = line_traits([line], hints)
    assert row[LINE_TRAITS.index(trait)] == value


def test_lines_that_stand_twice_are_copies() -> None:
    rows = line_traits(["Share", "A story", "Share"], Hints())
    assert [row[LINE_TRAITS.index("copies")] for row in rows] == [2, 1, 2]
