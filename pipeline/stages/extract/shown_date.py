"""The day that a page shows its readers beside the headline, as distinct from what it tells machines."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from pipeline.stages.extract.written_dates import Written, written_days

SHORT = 90
"""Characters. In a longer line below the headline only a dateline counts: "Geneva, 3 May 2021 – The ferry …"."""
DATELINE = 60
SHORT_ABOVE = 60
_BREAK = re.compile(r"\s*[-–—:|)/]")
_CHANGED = re.compile(
    r"updat|modif|revis|edited|reviewed|aktualis|geändert|bearbeitet|mis à jour|màj|actualiz|atualiz|aggiorn|"
    r"bijgewerkt|обновл|تحديث|עודכן",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Opening:
    """Lines where a page shows when its story appeared: ``below`` the headline, and ``above`` it, nearest first."""

    below: tuple[str, ...] = ()
    above: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownDay:
    """``below``: stands it below the headline? ``changed``: does the page call it the day of a change?"""

    day: date
    below: bool
    changed: bool


def shown_day(opening: Opening, language: str) -> ShownDay | None:
    """The first day that is shown; one of a change only where no other is. ``language``: as the page states it."""
    shown = list(_shown(opening, _month_first(language)))
    return next((one for one in shown if not one.changed), shown[0] if shown else None)


def _shown(opening: Opening, month_first: bool | None) -> Iterator[ShownDay]:
    above = (line for line in opening.above if len(line) <= SHORT_ABOVE)
    for below, lines in ((True, opening.below), (False, above)):
        for line in lines:
            days = [found.day for found in written_days(line, month_first=month_first) if _tells(line, found)]
            if days:
                # "Published 3 May, updated 5 May": the earlier one.
                yield ShownDay(min(days), below, len(days) == 1 and _CHANGED.search(line) is not None)


def _tells(line: str, found: Written) -> bool:
    if len(line) <= SHORT or (found.start < DATELINE and _BREAK.match(line, found.end)):
        return True
    return found.start == 0 and line[found.end : found.end + 1] == "."


def _month_first(language: str) -> bool | None:
    """Only Americans write "3/5/2021" for the fifth of March; pages of all countries say no more than "en"."""
    code = language.lower().replace("_", "-")
    return None if code == "en" else code == "en-us"
