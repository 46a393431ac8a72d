"""Permanent redirects are believed once they have lasted for days."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pipeline.model import Exchange
from pipeline.stages.moves import Moves, lasting_address, moved
from tests.support.exchanges import FEED_URL, NOON, exchange

NEW = "https://example.org/new"
DAY = timedelta(days=1)


def led(*redirects: tuple[int, str]) -> Exchange:
    return replace(exchange(url=redirects[-1][1] if redirects else FEED_URL), redirects=redirects)


def seen(*days: tuple[float, Exchange]) -> Moves:
    """What is known after answers at so many days."""
    known = Moves()
    for day, answer in days:
        known = moved(known, FEED_URL, answer, NOON + day * DAY)
    return known


@pytest.mark.parametrize("status", [301, 308])
def test_a_permanent_redirect_is_stored_after_three_days_of_it(status: int) -> None:
    answer = led((status, NEW))
    assert seen((0, answer), (2.9, answer)).address is None
    assert seen((0, answer), (1, answer), (3, answer)) == Moves(NEW)


@pytest.mark.parametrize("status", [302, 303, 307])
def test_a_temporary_redirect_never_is(status: int) -> None:
    answer = led((status, NEW))
    assert seen((0, answer), (5, answer), (50, answer)) == Moves()


def test_only_the_permanent_beginning_of_a_way_counts() -> None:
    assert lasting_address(led((301, NEW), (302, "https://example.org/today"))) == NEW
    assert lasting_address(led((302, "https://example.org/today"), (301, NEW))) is None


@pytest.mark.parametrize("between", [led(), led((301, "https://example.org/other")), led((302, NEW))])
def test_an_answer_from_elsewhere_begins_the_count_anew(between: Exchange) -> None:
    answer = led((301, NEW))
    assert seen((0, answer), (1, between), (3, answer)).address is None


def test_a_feed_that_comes_home_is_asked_at_the_listed_address_again() -> None:
    known = Moves(NEW, FEED_URL, NOON - 4 * DAY)
    assert moved(known, FEED_URL, led((301, FEED_URL)), NOON) == Moves()
