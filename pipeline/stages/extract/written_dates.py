"""Days as people write them for people: "26. Januar 2022", "January 26, 2022", "26/01/2022", "2022年1月26日"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

LONGEST = 200
"""Characters of a text that are looked at."""
FIRST_YEAR = 1990
_MONTHS = (
    "january januar jänner janvier enero janeiro gennaio januari stycznia leden ledna января січня ocak يناير ינואר",
    "february februar février fevrier febrero fevereiro febbraio februari lutego února февраля лютого şubat فبراير "
    "شباط פברואר",
    "march märz maerz mars marzo março marco maart marca března марта березня mart مارس آذار מרץ מרס",
    "april avril abril aprile kwietnia dubna апреля квітня nisan أبريل ابريل إبريل نيسان אפריל",
    "may mai mayo maio maggio mei maja května мая травня mayıs مايو أيار מאי",
    "june juni juin junio junho giugno czerwca června июня червня haziran يونيو حزيران יוני",
    "july juli juillet julio julho luglio lipca července июля липня temmuz يوليو تموز יולי",
    "august août aout agosto augustus augusti sierpnia srpna августа серпня ağustos أغسطس اغسطس آب אוגוסט",
    "september septembre septiembre setiembre setembro settembre września září сентября вересня eylül سبتمبر أيلول "
    "ספטמבר",
    "october oktober octobre octubre outubro ottobre października října октября жовтня ekim أكتوبر اكتوبر אוקטובר",
    "november novembre noviembre novembro listopada listopadu ноября листопада kasım نوفمبر נובמבר",
    "december dezember décembre decembre diciembre dezembro dicembre grudnia prosince декабря грудня aralık ديسمبر "
    "דצמבר",
)
SHORTEST = 3
"""Letters of a month's name cut short."""


def _names() -> dict[str, int]:
    """Each name, and each beginning of one that no other month shares."""
    whole = {name: number for number, names in enumerate(_MONTHS, start=1) for name in names.split()}
    owners: dict[str, set[int]] = {}
    for name, number in whole.items():
        for end in range(SHORTEST, len(name)):
            owners.setdefault(name[:end], set()).add(number)
    return {short: next(iter(of)) for short, of in owners.items() if len(of) == 1} | whole


_MONTH_OF = _names()
# Arabic and Persian digits.
_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
_DIGIT = re.compile(r"\d")
_MONTH = r"([^\W\d_]{2,12})\.?"
_YEAR = r"((?:19|20)\d\d)(?!\d)"
_FORMS = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th|er|º|\.)?[\s-]*(?:de |of |d['’])?{_MONTH},?[\s-]*(?:del? )?{_YEAR}"
    rf"|(?<!\w){_MONTH} (\d{{1,2}})(?:st|nd|rd|th)?,? {_YEAR}"
    r"|(?<!\d)((?:19|20)\d\d) ?[./年-] ?(\d{1,2}) ?[./月-] ?(\d{1,2})(?!\d)"
    r"|(?<![\d.])(\d{1,2}) ?([./|-]) ?(\d{1,2}) ?\11 ?((?:19|20)\d\d|\d\d(?=\s|$))(?!\.?\d)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Written:
    """A day, and where in the text it begins and ends."""

    day: date
    start: int
    end: int


def written_days(text: str, *, month_first: bool | None) -> Iterator[Written]:
    """The days from 1990 on that the text names.

    ``month_first``: is "3/5/2021" the fifth of March? ``None``: nobody knows, so it is no day.
    With dots, and where only one reading is possible, it does not matter.
    """
    text = text[:LONGEST] if text.isascii() else text[:LONGEST].translate(_DIGITS)
    if _DIGIT.search(text) is None:
        return
    for found in _FORMS.finditer(text):
        if day := _day(found, month_first):
            yield Written(day, found.start(), found.end())


def _day(found: re.Match[str], month_first: bool | None) -> date | None:
    parts = found.groups()
    if parts[0]:
        return _date(parts[2], _MONTH_OF.get(_bare(parts[1])), parts[0])
    if parts[3]:
        return _date(parts[5], _MONTH_OF.get(_bare(parts[3])), parts[4])
    if parts[6]:
        return _date(parts[6], parts[7], parts[8])
    first, sign, second, year = parts[9:]
    clear = sign == "." or first == second or max(int(first), int(second)) > 12
    if not clear and month_first is None:
        return None
    if int(second) > 12 or (month_first and not clear):
        first, second = second, first
    return _date(year if len(year) == 4 else f"20{year}", second, first)


def _bare(name: str) -> str:
    """Without the Hebrew "in", which is written together with the month."""
    return name.casefold().removeprefix("ב")


def _date(year: str, month: str | int | None, day: str) -> date | None:
    try:
        found = date(int(year), int(month or 0), int(day))
    except ValueError:
        return None
    return found if found.year >= FIRST_YEAR else None
