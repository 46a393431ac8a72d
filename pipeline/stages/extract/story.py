"""Which lines of a page are its story: judged line by line, with a second opinion where the judgement is in doubt."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pipeline.stages.clean import Block
from pipeline.stages.clean.blocks import is_prose
from pipeline.stages.extract import story_model
from pipeline.stages.extract.line_traits import Hints, bare
from pipeline.stages.extract.shown_date import Opening
from pipeline.stages.extract.told_twice import told_twice
from pipeline.stages.extract.traits import measure
from pipeline.stages.extract.walk import Lines, Surface

LEAST_CHANCE = 0.45
DOUBT = 0.2
"""Unsure characters for each sure one. A tenth of pages has more (``docs/quality.md``) …"""
SECOND = 0.4
"""… and there the second opinion weighs this much."""
MOST_LINES = 10_000
"""A page with more is left to the other extractor."""
MAX_FOUND = 200_000
"""Characters of the second opinion that are compared."""
BEHIND = 12
"""Lines behind the story that are reported as left out; what follows is the page's own furniture."""
BELOW, ABOVE = 5, 5
"""Lines behind the first paragraph, and above the headline, that may show when the story appeared."""
_WORD = re.compile(r"\w+")

SecondOpinion = Callable[[], tuple[Block, ...]]


@dataclass(frozen=True, slots=True)
class Story:
    """``blocks``: its lines. ``beside``: lines left out that stand between them or right behind them.

    ``opening``: the lines around its headline, taken or not.
    """

    blocks: tuple[Block, ...] = ()
    beside: tuple[Block, ...] = ()
    opening: Opening = field(default_factory=Opening)


def find_story(surface: Surface, hints: Hints, second_opinion: SecondOpinion) -> Story:
    """The story on the ``surface``; ``second_opinion`` gives the lines that another extractor takes for it."""
    lines = surface.lines
    if not 0 < len(lines.text) <= MOST_LINES:
        return Story(second_opinion())
    rows, _ = measure(surface, hints)
    chances = story_model.shipped().chances(rows)
    length = rows[:, 0]
    if doubt(chances, length) > DOUBT:
        chances = _weighed(chances, lines, second_opinion())
    kept = _once(lines, chances > LEAST_CHANCE)
    first = _first_paragraph(lines, kept)
    top = _headline_row(lines, first, hints.headings)
    if top is not None:
        # Kept, too, so that what stands above it can be told from the story.
        kept[top] = True
    return _told(lines, kept, _opening(lines, first, top))


def _once(lines: Lines, kept: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """``kept`` without the lines of a second copy."""
    rows = np.nonzero(kept)[0]
    copies = told_twice([lines.text[row] for row in rows.tolist()])
    kept[rows[sorted(copies)]] = False
    return kept


def doubt(chances: NDArray[np.float64], length: NDArray[np.float32]) -> float:
    """How many characters may be judged wrongly, for each that is taken for story."""
    unsure = float((np.minimum(chances, 1 - chances) * length).sum())
    return unsure / max(1.0, float((chances * length).sum()))


def _weighed(chances: NDArray[np.float64], lines: Lines, found: tuple[Block, ...]) -> NDArray[np.float64]:
    """The chances with a vote for each line whose words stand in a row in what was ``found``.

    Only where a vote decides are the words looked for.
    """
    text = _words("\n".join(block.text for block in found)[:MAX_FOUND])
    without = (1 - SECOND) * chances
    votes = np.zeros(len(chances))
    for row in np.nonzero((without <= LEAST_CHANCE) & (without + SECOND > LEAST_CHANCE))[0].tolist():
        votes[row] = _words(lines.text[row]) in text
    return without + SECOND * votes


def _words(text: str) -> str:
    return f" {' '.join(_WORD.findall(text))} "


def _first_paragraph(lines: Lines, kept: NDArray[np.bool_]) -> int:
    return next((row for row in np.nonzero(kept)[0].tolist() if is_prose(lines.text[row])), 0)


def _headline_row(lines: Lines, first: int, headings: tuple[str, ...]) -> int | None:
    """The last line before the first paragraph that is the headline."""
    known = {bare(heading) for heading in headings if heading}
    longest = 2 * max(map(len, headings), default=0)
    rows = (row for row in range(first - 1, -1, -1) if len(lines.text[row]) <= longest)
    return next((row for row in rows if bare(lines.text[row]) in known), None)


def _opening(lines: Lines, first: int, top: int | None) -> Opening:
    top = max(0, first - BELOW - 1) if top is None else top
    return Opening(
        below=tuple(lines.text[top + 1 : first + 1 + BELOW]),
        above=tuple(reversed(lines.text[max(0, top - ABOVE) : top])),
    )


def _told(lines: Lines, kept: NDArray[np.bool_], opening: Opening) -> Story:
    chosen = np.nonzero(kept)[0].tolist()
    if not chosen:
        return Story(opening=opening)
    left_out = [row for row in range(chosen[0], min(len(kept), chosen[-1] + 1 + BEHIND)) if not kept[row]]
    return Story(tuple(_block(lines, row) for row in chosen), tuple(_block(lines, row) for row in left_out), opening)


def _block(lines: Lines, row: int) -> Block:
    text = lines.text[row]
    return Block(text, min(1.0, lines.linked[row] / max(1, len(text) - text.count(" "))))
