"""Dates as feeds write them, and the moments they name in UTC."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.parse_feed.dates import parse_date

NOON = "2024-10-21T12:00:00+00:00"

DATES = [
    # RFC 3339, W3C-DTF and relaxations
    ("2024-10-21T12:00:00Z", NOON),
    ("2024-10-21T12:00Z", NOON),
    ("2024-10-21t12:00:00z", NOON),
    ("2024-10-21T14:00:00+02:00", NOON),
    ("2024-10-21T06:30:00-0530", NOON),
    ("2024-10-21T14:00:00+02", NOON),
    ("2024-10-21 12:00:00", NOON),
    ("2024/10/21 12:00", NOON),
    ("2024-10-21T12:00:00.987654Z", NOON),
    ("2024-10-21T07:00:00 EST", NOON),
    ("20241021T120000Z", NOON),
    ("2024-10-21", "2024-10-21T00:00:00+00:00"),
    ("20241021", "2024-10-21T00:00:00+00:00"),
    ("2024-10", "2024-10-01T00:00:00+00:00"),
    ("2024", "2024-01-01T00:00:00+00:00"),
    ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59+00:00"),
    # RFC 822, RFC 5322 and relaxations
    ("Mon, 21 Oct 2024 12:00:00 GMT", NOON),
    ("Mon, 21 Oct 2024 14:00:00 +0200", NOON),
    ("Mon, 21 Oct 2024 12:00 UT", NOON),
    ("21 Oct 24 12:00:00 Z", NOON),
    ("Mon 21 October 2024 12:00:00 -0000", NOON),
    ("Monday, 21-Oct-2024 12:00:00 UTC", NOON),
    ("Mon, 21 Oct 2024 07:00:00 -0500 (EST)", NOON),
    ("Mon, 21 Oct 2024 07:00:00 GMT-05:00", NOON),
    ("Mon, 21 Oct 2024 12:00:00 Europe/Nowhere", NOON),
    ("October 21, 2024 12:00 pm", NOON),
    ("Oct 21st, 2024 at 8:00 a.m. EDT", NOON),
    ("21 Oct 2024", "2024-10-21T00:00:00+00:00"),
    ("Fri, 01 Jan 99 00:00:00 GMT", "1999-01-01T00:00:00+00:00"),
    ("12:00", None),
    # zones by name
    ("Mon, 21 Oct 2024 15:00:00 IDT", NOON),
    ("Mon, 21 Oct 2024 14:00:00 CEST", NOON),
    ("Mon, 21 Oct 2024 13:00:00 BST", NOON),
    ("Mon, 21 Oct 2024 17:30:00 IST", NOON),
    ("Mon, 21 Oct 2024 15:30:00 IRST", NOON),
    ("Mon, 21 Oct 2024 05:00:00 PDT", NOON),
    ("Mon, 21 Oct 2024 12:00:00 XYZ", NOON),
    # asctime and other languages
    ("Mon Oct 21 12:00:00 2024", NOON),
    ("Mon Oct 21 07:00:00 EST 2024", NOON),
    ("lun., 21 oct. 2024 14:00:00 +0200", NOON),
    ("Mo, 21 Okt 2024 14:00:00 +0200", NOON),
    ("ven., 21 juin 2024 12:00:00 GMT", "2024-06-21T12:00:00+00:00"),
    ("lun, 21 juil. 2024 12:00:00 GMT", "2024-07-21T12:00:00+00:00"),
    # impossible, placeholders, guesses
    ("Fri, 31 Feb 2024 12:00:00 GMT", None),
    ("Mon, 21 Oct 2024 25:00:00 GMT", None),
    ("Mon, 21 Oct 2024 12:61:00 GMT", None),
    ("Mon, 21 Oct 2024 12:00:00 +9999", None),
    ("Mon, 21 Oct 2024 12:00:00 +1600", None),
    ("Mon, 21 Okg 2024 12:00:00 GMT", None),
    ("2024-13-01", None),
    ("0000-00-00T00:00:00Z", None),
    ("0001-01-01T00:00:00Z", None),
    ("1899-12-30T00:00:00Z", None),
    ("1970-01-01T00:00:00Z", None),
    ("1970-01-01T01:00:00+01:00", None),
    ("99999-01-01T00:00:00Z", None),
    ("9999-12-31T23:59:59-12:00", None),
    ("October 21", None),
    ("--10-21", None),
    ("-1", None),
    ("1729512000", None),
    ("yesterday", None),
    ("", None),
    ("2024-10-21" + " " * 200 + "12:00", None),
]


@pytest.mark.parametrize(("stated", "moment"), DATES)
def test_a_date_names_a_moment_or_nothing(stated: str, moment: str | None) -> None:
    found = parse_date(stated)
    assert (found.isoformat() if found else None) == moment


@given(st.text(st.sampled_from("0123456789-:+TZ ,.()aApPmMonOctGMTFebjuiéл/"), max_size=120))
def test_no_text_raises_and_every_moment_is_utc(stated: str) -> None:
    found = parse_date(stated)
    assert found is None or found.utcoffset() == timedelta(0)


@given(st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)), st.integers(-12 * 60, 14 * 60))
def test_a_moment_is_read_back_from_both_standards(moment: datetime, minutes: int) -> None:
    instant = moment.replace(microsecond=0, tzinfo=UTC)
    local = instant + timedelta(minutes=minutes)
    hours, rest = divmod(abs(minutes), 60)
    zone = f"{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"
    assert parse_date(f"{local:%Y-%m-%dT%H:%M:%S}{zone}") == instant
    assert parse_date(f"{local:%a, %d %b %Y %H:%M:%S} {zone.replace(':', '')}") == instant
