"""A second copy of the story, or of a part of it, on the same page: for another width of screen, for print, for a menu.

A refrain and a form that returns are shorter, so what is told twice stays unless it is long.
"""

from collections.abc import Iterator, Sequence

LEAST_COPY = 1500
"""Characters of lines in a row that were told before, for them to be a copy."""
LEAST_REPEAT = 100
"""Characters of a line that stands twice in a row, to be a mistake and not a refrain."""
LEAST_LINE = 30
"""Characters of a line that says something by being held by another."""
MOST_PIECES, LONGEST = 3, 50_000
"""Lines, and characters of one, that are looked at: a page may be made of long lines only."""
HELD = 0.5
"""Share of a line that other lines hold, for it to be all of them in one piece."""


def told_twice(lines: Sequence[str]) -> frozenset[int]:
    """The places of the lines that belong to a copy."""
    whole = frozenset(_in_one_piece(lines))
    return whole | frozenset(_told_before(lines, whole))


def _in_one_piece(lines: Sequence[str]) -> Iterator[int]:
    """Lines that are other lines without the breaks between them."""
    long = [at for at, line in enumerate(lines) if LEAST_COPY <= len(line) <= LONGEST]
    for at in sorted(long, key=lambda at: -len(lines[at]))[:MOST_PIECES]:
        line = lines[at]
        held = (len(other) for other in dict.fromkeys(lines) if LEAST_LINE <= len(other) < len(line) and other in line)
        if sum(held) > HELD * len(line):
            yield at


def _told_before(lines: Sequence[str], but: frozenset[int]) -> Iterator[int]:
    first: dict[str, int] = {}
    at = 0
    while at < len(lines):
        place = first.setdefault(lines[at], at)
        run = _run(lines, place, at) if place < at and at not in but else range(0)
        if _is_copy(lines, run, follows=place == at - 1):
            yield from run
        at = max(at + 1, run.stop if run else 0)


def _run(lines: Sequence[str], place: int, at: int) -> range:
    """The lines from ``at`` on that are those from ``place`` on once more."""
    gap, end = at - place, at + 1
    while end < len(lines) and end - gap < at and lines[end] == lines[end - gap]:
        end += 1
    return range(at, end)


def _is_copy(lines: Sequence[str], run: range, *, follows: bool) -> bool:
    length = sum(len(lines[row]) for row in run)
    return bool(run) and length >= (LEAST_REPEAT if follows else LEAST_COPY)
