"""Dates of feeds → UTC. What is impossible, or would need a guess from today's date, is unknown."""

import re
from datetime import UTC, datetime, timedelta, timezone

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
PLACEHOLDER = datetime(1970, 1, 1, tzinfo=UTC)
"""What programs write for "unknown"."""
MAX_LENGTH = 100
WIDEST_OFFSET = timedelta(hours=15)

ZONE = r"\(?(?P<zone>[A-Za-z/]*[+-]\d{1,2}:?(?:\d\d)?|[A-Za-z/]+)?\)?(?:\s*\(.*\))?"
TIME = r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?\s*(?P<half>[AaPp]\.?[Mm]\b\.?)?"
DAY_NAME = r"(?:[^\W\d]+\.?,?\s+)?"
FORMS = tuple(
    re.compile(form)
    for form in (
        # RFC 3339, W3C-DTF and their relaxations: every part but the year may be missing
        rf"(?P<year>\d{{4}})(?:[-/]?(?P<month>\d\d)(?:[-/]?(?P<day>\d\d))?)?(?:(?:[Tt]|\s+){TIME}\s*{ZONE})?",
        r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)T(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?(?P<zone>Z|[+-]\d{4})?",
        # RFC 822, RFC 5322 and theirs: ordinals, full names of months, a time after a comma or none at all
        rf"{DAY_NAME}(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)?[\s-]+(?P<month>[^\W\d]+)\.?,?[\s-]+(?P<year>\d{{4}}|\d\d)"
        rf"(?:,?\s+{TIME}\s*{ZONE})?",
        rf"{DAY_NAME}(?P<month>[^\W\d]+)\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}}|\d\d)"
        rf"(?:,?(?:\s+at)?\s+{TIME}\s*{ZONE})?",
        # C's asctime
        rf"{DAY_NAME}(?P<month>[^\W\d]+)\s+(?P<day>\d{{1,2}})\s+{TIME}\s*{ZONE}\s+(?P<year>\d{{4}})",
    )
)
MONTHS = {
    month: number
    for number, names in enumerate(
        (
            *(
                "jan gen ene янв",
                "feb fév fev фев",
                "mar mär mrz мар",
                "apr avr abr апр",
                "may mai mag мая",
                "jun giu июн",
            ),
            *("jul lug июл", "aug aoû ago авг", "sep set сен", "oct okt ott out окт", "nov ноя", "dec déc dez dic дек"),
        ),
        start=1,
    )
    for month in names.split()
} | {"juin": 6, "juil": 7}
"""The first letters of months in English and other languages of feeds that do not follow the standard."""

ZONES = {
    **{"EST": -5, "EDT": -4, "ET": -5, "CST": -6, "CDT": -5, "CT": -6, "MST": -7, "MDT": -6, "MT": -7, "PST": -8},
    **{"PDT": -7, "PT": -8, "AST": -4, "ADT": -3, "AKST": -9, "AKDT": -8, "HST": -10, "BRT": -3, "ART": -3, "WEST": 1},
    **{
        "BST": 1,
        "CET": 1,
        "CEST": 2,
        "MET": 1,
        "MEST": 2,
        "MEZ": 1,
        "MESZ": 2,
        "SAST": 2,
        "EET": 2,
        "EEST": 3,
        "IDT": 3,
    },
    **{"TRT": 3, "MSK": 3, "MSD": 4, "EAT": 3, "IRST": 3.5, "GST": 4, "AFT": 4.5, "PKT": 5, "IST": 5.5, "NPT": 5.75},
    **{"ICT": 7, "WIB": 7, "HKT": 8, "SGT": 8, "PHT": 8, "AWST": 8, "JST": 9, "KST": 9, "ACST": 9.5, "ACDT": 10.5},
    **{"AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13},
}
"""Hours east of Greenwich. A zone of any other name, military ones included, counts as UTC (RFC 5322, section 4.3)."""


def parse_date(stated: str) -> datetime | None:
    """The moment, in UTC and to the second, that a date in one of the usual spellings names."""
    text = stated.strip()
    if len(text) > MAX_LENGTH:
        return None
    found = next((found for form in FORMS if (found := form.fullmatch(text))), None)
    try:
        return believable(_moment(found.groupdict())) if found else None
    except (ValueError, OverflowError):
        return None


def believable(moment: datetime) -> datetime | None:
    """``None`` for a moment that stands for "unknown"."""
    return moment if moment >= EARLIEST and moment != PLACEHOLDER else None


def _moment(parts: dict[str, str | None]) -> datetime:
    """Raises ValueError where a part is out of range."""
    hour = int(parts["hour"] or 0)
    if half := parts.get("half"):
        hour = hour % 12 + (12 if half[0] in "Pp" else 0)
    second = min(int(parts["second"] or 0), 59)  # a leap second
    local = datetime(_year(parts["year"] or ""), _month(parts["month"] or "1"), int(parts["day"] or 1))
    clock = local.replace(hour=hour, minute=int(parts["minute"] or 0), second=second)
    return clock.replace(tzinfo=timezone(_offset(parts["zone"] or ""))).astimezone(UTC)


def _year(stated: str) -> int:
    """RFC 5322, section 4.3, for years of two digits."""
    year = int(stated)
    return year if len(stated) > 2 else year + (2000 if year < 50 else 1900)


def _month(stated: str) -> int:
    if stated.isdecimal():
        return int(stated)
    name = stated.lower()
    month = MONTHS.get(name[:4]) or MONTHS.get(name[:3])
    if month is None:
        raise ValueError(f"no month: {name[:20]}")
    return month


def _offset(zone: str) -> timedelta:
    numeric = re.search(r"([+-])(\d{1,2}):?(\d\d)?\Z", zone)
    if numeric is None:
        return timedelta(hours=ZONES.get(zone.upper(), 0))
    offset = timedelta(hours=int(numeric[2]), minutes=int(numeric[3] or 0))
    if offset > WIDEST_OFFSET:
        raise ValueError(f"no offset: {zone[:20]}")
    return -offset if numeric[1] == "-" else offset
