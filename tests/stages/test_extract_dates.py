"""Moments and days as pages state them, and what outweighs what."""

from datetime import UTC, datetime

import pytest

from pipeline.stages.extract.authors import signed_by
from pipeline.stages.extract.dates import day_in_address, moment_of, published_at
from pipeline.stages.extract.head import Head
from pipeline.stages.extract.linked_data import LinkedArticle
from pipeline.stages.extract.page import parse

URL = "https://quay.example/2021/05/03/ferry/"


def at(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2021-05-03", at(2021, 5, 3)),
        ("2021-5-3 22:17:36", at(2021, 5, 3, 22, 17, 36)),
        ("2021-05-03T23:30:00-06:00", at(2021, 5, 4, 5, 30)),
        ("Mon, 03 May 2021 02:41:00 GMT", at(2021, 5, 3, 2, 41)),
        ("Mon, 03 May 2021 02:41:00 EST", at(2021, 5, 3, 7, 41)),
        ("13/11/2025 09:21:40", at(2025, 11, 13, 9, 21)),
        ("11/13/2025", at(2025, 11, 13)),
        ("3.5.2021", at(2021, 5, 3)),
        ("May 3, 2021", at(2021, 5, 3)),
        ("2021-13-45", None),
        ("99/99/2021", None),
        ("soon", None),
        ("", None),
    ],
)
def test_usual_forms_are_read_and_others_are_not(text: str, moment: datetime | None) -> None:
    assert moment_of(text) == moment


@pytest.mark.parametrize(
    ("url", "day"),
    [
        (URL, at(2021, 5, 3)),
        ("https://q.example/factchecks/2023/dec/21/x/", at(2023, 12, 21)),
        ("https://q.example/news/2023-12-20/feat", at(2023, 12, 20)),
        ("https://q.example/2021/05/ferry", None),
        ("https://q.example/story/20231", None),
        ("https://q.example/2021/13/45/x", None),
    ],
)
def test_a_day_in_the_address_is_read(url: str, day: datetime | None) -> None:
    assert day_in_address(url) == day


def told(html: str, published: str = "") -> datetime | None:
    tree = parse(html)
    assert tree is not None
    return published_at(tree, Head(), LinkedArticle(published=published), URL)


def test_what_the_page_states_of_itself_outweighs_its_address() -> None:
    assert told("<p>text</p>", "2021-05-09T10:00:00Z") == at(2021, 5, 9, 10)


def test_the_time_of_another_story_does_not_outweigh_the_address() -> None:
    assert told('<p>text</p><time datetime="2024-01-01T10:00:00Z">now</time>') == at(2021, 5, 3)


def test_a_time_on_the_day_of_the_address_is_more_exact_than_it() -> None:
    assert told('<p>text</p><time datetime="2021-05-04T03:00:00Z">x</time>') == at(2021, 5, 4, 3)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Reporting by Dana Whitlock and Omar Feld; editing by Mei Tanner", ("Dana Whitlock", "Omar Feld")),
        ("(Reporting by Dana Whitlock in Tyre; Editing by Omar Feld)", ("Dana Whitlock",)),
        ("Reporting by night is hard, he said.", ()),
        ("The ferry left.", ()),
    ],
)
def test_a_sign_off_names_who_reported(line: str, names: tuple[str, ...]) -> None:
    assert signed_by(["The ferry left.", line]) == names
