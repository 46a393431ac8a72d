"""Moments and days as pages state them, and what outweighs what."""

from datetime import UTC, date, datetime

import pytest

from pipeline.stages.extract.authors import signed_by
from pipeline.stages.extract.dates import day_in_address, moment_of, published_at
from pipeline.stages.extract.head import Head
from pipeline.stages.extract.linked_data import LinkedArticle
from pipeline.stages.extract.page import extract, parse
from pipeline.stages.extract.shown_date import Opening, shown_day
from pipeline.stages.extract.written_dates import written_days

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


def told(html: str, published: str = "", url: str = URL, below: str = "", above: str = "") -> datetime | None:
    tree = parse(html.encode())
    assert tree is not None
    opening = Opening(tuple(filter(None, [below])), tuple(filter(None, [above])))
    return published_at(tree, Head(), LinkedArticle(published=published), url, opening)


def test_what_the_page_states_of_itself_outweighs_its_address() -> None:
    assert told("<p>text</p>", "2021-05-09T10:00:00Z") == at(2021, 5, 9, 10)


def test_the_time_of_another_story_does_not_outweigh_the_address() -> None:
    assert told('<p>text</p><time datetime="2024-01-01T10:00:00Z">now</time>') == at(2021, 5, 3)


def test_a_time_on_the_day_of_the_address_is_more_exact_than_it() -> None:
    assert told('<p>text</p><time datetime="2021-05-04T03:00:00Z">x</time>') == at(2021, 5, 4, 3)


BARE = "https://quay.example/ferry"


def test_a_day_shown_below_the_headline_outweighs_quite_another_one_stated_for_machines() -> None:
    assert told("<p>text</p>", "2019-01-01T10:00:00Z", below="3 May 2021") == at(2021, 5, 3)


@pytest.mark.parametrize("stated", [at(2021, 5, 2, 23), at(2021, 5, 3, 9), at(2021, 5, 4, 5)])
def test_a_stated_moment_about_the_shown_day_is_more_exact_than_it(stated: datetime) -> None:
    assert told("<p>text</p>", stated.isoformat(), below="3 May 2021") == stated


@pytest.mark.parametrize(
    ("below", "above"),
    [("Updated 3 May 2021", ""), ("", "3 May 2021"), ("It sank in the storm of 3 May 2021. " * 4, "")],
)
def test_no_other_shown_day_outweighs_what_is_stated(below: str, above: str) -> None:
    assert told("<p>text</p>", "2019-01-01T10:00:00Z", below=below, above=above) == at(2019, 1, 1, 10)


@pytest.mark.parametrize(
    ("below", "above"),
    [
        ("3 May 2021", ""),
        ("", "3 May 2021"),
        ("Last updated: 3 May 2021", ""),
        ("Updated 3 May 2021", "Updated 4 June 2021"),
        ("Published 3 May 2021 | Updated 9 June 2021", ""),
        ("Geneva, 3 May 2021 – " + "The ferry left the island before dawn with forty people on board. " * 2, ""),
    ],
)
def test_where_nothing_is_stated_the_shown_day_counts(below: str, above: str) -> None:
    assert told("<p>text</p>", url=BARE, below=below, above=above) == at(2021, 5, 3)


def test_a_day_of_a_change_counts_only_where_no_other_is_shown() -> None:
    assert told("<p>text</p>", url=BARE, below="Updated 9 June 2021", above="3 May 2021") == at(2021, 5, 3)


def test_the_time_of_another_story_does_not_outweigh_the_shown_day() -> None:
    other = '<p>text</p><time datetime="2024-01-01T10:00:00Z">now</time>'
    assert told(other, url=BARE, below="3 May 2021") == at(2021, 5, 3)


def test_the_day_in_the_address_outweighs_the_shown_one() -> None:
    assert told("<p>text</p>", below="4 June 2021") == at(2021, 5, 3)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("3 May 2021", (2021, 5, 3)),
        ("May 3rd, 2021", (2021, 5, 3)),
        ("Sept. 5, 2021", (2021, 9, 5)),
        ("Montag, 3. Mai 2021, 12:10 Uhr", (2021, 5, 3)),
        ("le 1er août 2021", (2021, 8, 1)),
        ("3 de mayo de 2021", (2021, 5, 3)),
        ("3 мая 2021, 13:43", (2021, 5, 3)),
        ("3 במאי 2021", (2021, 5, 3)),
        ("3 مايو 2021", (2021, 5, 3)),
        ("٣ مايو ٢٠٢١", (2021, 5, 3)),
        ("2021年5月3日", (2021, 5, 3)),
        ("2021-05-03", (2021, 5, 3)),
        ("03.05.21", (2021, 5, 3)),
        ("03 | 05 | 2021", (2021, 5, 3)),
        ("3-May-2021", (2021, 5, 3)),
    ],
)
def test_days_are_read_in_many_languages(text: str, day: tuple[int, int, int]) -> None:
    assert [found.day for found in written_days(text, month_first=False)] == [date(*day)]


@pytest.mark.parametrize(
    "text", ["Version 1.2.2010.4", "3.2.1199", "32 May 2021", "3 Marbles 2021", "May 2021", "3 ma 2021"]
)
def test_what_only_looks_like_a_day_is_none(text: str) -> None:
    assert not list(written_days(text, month_first=False))


@pytest.mark.parametrize(
    ("language", "text", "day"),
    [
        ("en-US", "05/03/2021", date(2021, 5, 3)),
        ("en_GB", "03/05/2021", date(2021, 5, 3)),
        ("de", "03/05/2021", date(2021, 5, 3)),
        ("en", "03/05/2021", None),
        ("en", "03/25/2021", date(2021, 3, 25)),
        ("en", "03/03/2021", date(2021, 3, 3)),
    ],
)
def test_day_and_month_between_slashes_are_told_apart_by_the_language(
    language: str, text: str, day: date | None
) -> None:
    shown = shown_day(Opening((text,)), language)
    assert (shown and shown.day) == day


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


def test_a_page_of_nothing_but_a_shown_day_has_it() -> None:
    prose = "The ferry left the island before dawn with forty people on board, the harbour master said. " * 4
    body = f"<nav>9 June 2021</nav><h1>Ferry leaves at dawn</h1><div>3 May 2021</div><p>{prose}</p><p>{prose}</p>"
    page = f"<html><head><title>Ferry leaves at dawn</title></head><body>{body}</body></html>"
    assert extract(page.encode(), BARE, None).published_at == at(2021, 5, 3)
