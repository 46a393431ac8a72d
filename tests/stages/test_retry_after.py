"""How long a server asks to be left alone, and when a page is tried again."""

from datetime import timedelta

import pytest

from pipeline.stages.http_times import retry_after
from pipeline.stages.verdict import page_retry_at
from tests.support.exchanges import NOON, exchange
from tests.support.feed_states import DAY, HOUR

# Retry-After


@pytest.mark.parametrize(
    ("status", "stated", "date", "waited"),
    [
        (503, "120", None, timedelta(seconds=120)),
        (429, " 120 ", None, timedelta(seconds=120)),
        (503, "0", None, timedelta(0)),
        (503, "9" * 6000, None, 31 * DAY),
        (503, "Mon, 21 Oct 2024 13:00:00 GMT", None, HOUR),
        (503, "Monday, 21-Oct-24 13:00:00 GMT", None, HOUR),
        (503, "Mon Oct 21 13:00:00 2024", None, HOUR),
        (503, "Mon, 21 Oct 2024 15:00:00 +0200", None, HOUR),
        (503, "Mon, 21 Oct 2024 13:00:00 GMT", "Mon, 21 Oct 2024 12:45:00 GMT", HOUR / 4),
        (503, "Wed, 21 Oct 2015 13:00:00 GMT", "Wed, 21 Oct 2015 12:00:00 GMT", HOUR),
        (503, "Mon, 21 Oct 2024 13:00:00 GMT", "soon", HOUR),
        (503, "Mon, 21 Oct 2024 11:00:00 GMT", None, timedelta(0)),
        (503, "Fri, 21 Oct 2044 11:00:00 GMT", None, 31 * DAY),
        (503, "", None, None),
        (503, "soon", None, None),
        (503, "-5", None, None),
        (503, "٣٠", None, None),
        (503, "Mon, 21 Oct 99999 11:00:00 GMT", None, None),
        (200, "120", None, None),
        (500, "120", None, None),
        (301, "120", None, None),
    ],
)
def test_retry_after_in_both_forms(status: int, stated: str, date: str | None, waited: timedelta | None) -> None:
    headers = {"retry_after": stated} | ({"date": date} if date else {})
    assert retry_after(exchange(status, **headers), NOON) == waited


def test_no_retry_after_is_none() -> None:
    assert retry_after(exchange(503), NOON) is None


# pages


def test_a_page_is_tried_six_times_over_about_two_days() -> None:
    tries, now = 1, NOON
    while (again := page_retry_at(tries, now, None)) is not None:
        assert again > now
        tries, now = tries + 1, again
    assert tries == 6
    assert timedelta(hours=40) <= now - NOON <= timedelta(hours=56)


def test_a_page_waits_longer_after_each_try() -> None:
    waits = [again - NOON for tries in range(1, 6) if (again := page_retry_at(tries, NOON, None))]
    assert waits == sorted(waits)
    assert len(set(waits)) == 5


def test_a_page_keeps_retry_after() -> None:
    assert page_retry_at(1, NOON, DAY) == NOON + DAY
    assert page_retry_at(1, NOON, timedelta(seconds=1)) == page_retry_at(1, NOON, None)
    assert page_retry_at(6, NOON, DAY) is None
