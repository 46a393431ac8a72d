"""Times, sizes and counts as people say them, and lines that fit the terminal."""

import shutil
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from pipeline.cli.console import plain

NARROWEST, USUAL, WIDEST = 40, 80, 200
LONGEST_LABEL = 20
SPANS = ((365 * 86400, "y"), (86400, "d"), (3600, "h"), (60, "min"))
SIZES = ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB"))


def width() -> int:
    """Columns of the terminal, 80 where there is none."""
    return min(max(shutil.get_terminal_size((USUAL, 24)).columns, NARROWEST), WIDEST)


def span(length: timedelta) -> str:
    """A length of time in its largest unit: ``3 d``, ``15 min``, ``40 s``."""
    seconds = max(int(length.total_seconds()), 0)
    return next((f"{seconds // unit} {name}" for unit, name in SPANS if seconds >= unit), f"{seconds} s")


def away(moment: datetime | None, now: datetime) -> str:
    """When something will be: ``in 3 h``, or ``now`` where its time has come."""
    return "now" if moment is None or moment <= now else f"in {span(moment - now)}"


def ago(moment: datetime | None, now: datetime) -> str:
    """When something was: ``3 h ago``, ``just now``, ``never``."""
    if moment is None:
        return "never"
    return "just now" if now - moment < timedelta(seconds=1) else f"{span(now - moment)} ago"


def size(count: int) -> str:
    """Bytes in decimal units: ``1.2 GB``, ``340 MB``."""
    unit, name = next(((unit, name) for unit, name in SIZES if count >= unit), (1, "bytes"))
    amount = count / unit
    return f"{amount:.1f} {name}" if unit > 1 and amount < 10 else f"{amount:.0f} {name}"


def some(number: int, one: str, many: str | None = None) -> str:
    """``1 story``, ``3 stories``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def fitted(text: str, columns: int) -> str:
    """Text from anywhere on one line that is not wider than ``columns``, without control characters."""
    from rich.cells import cell_len, set_cell_size

    line = plain(text)
    return line if cell_len(line) <= columns else set_cell_size(line, columns - 1).rstrip() + "…"


def shown(line: str) -> str:
    """A line fit for this terminal. An address with nothing behind it stays whole: cut, it is of no use."""
    address = line.rpartition(" ")[2]
    is_address = address.startswith(("http://", "https://")) and len(line) - len(address) < LONGEST_LABEL
    return plain(line) if is_address else fitted(line, width())


def wrapped(pieces: Iterable[str], columns: int) -> Iterator[str]:
    """The pieces, parted by commas, on as many lines as they need; no piece is broken."""
    line = ""
    for piece in pieces:
        longer = f"{line}, {piece}" if line else piece
        if line and len(longer) > columns - 1:
            yield line + ","
            longer = piece
        line = longer
    if line:
        yield line
