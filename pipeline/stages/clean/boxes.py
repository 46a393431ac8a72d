"""The headlines of other stories below a label such as "Related stories"."""

import itertools

from pipeline.stages.clean.blocks import CROSSHEAD_WORDS, SENTENCE_END, is_headline, is_teaser, is_title_case
from pipeline.stages.clean.lines import Line, is_furniture

HEADLINES_AT_END = 30
"""A list of headlines that runs to the end of the text goes as a whole, up to this many."""
BOX = 3
"""A box of fewer headlines above a paragraph is taken as a whole."""


def headlines_below(lines: list[Line], start: int, most: int, *, begun: bool) -> list[Line]:
    """The headlines that a label such as "Related stories" introduces.

    Where links are known, those that are links. In plain text a run of headline-like lines that reaches the end of the
    text goes as a whole, and so does one of headlines alone that ends with furniture ("View all"). Further up only its
    first lines that read like headlines of one make, if they are few: after them, a crosshead or a list of the story
    may have begun. Before the story has ``begun``, a single one is its own.
    """
    if not most:
        return []
    run = _run(lines, start)
    if any(line.block.linked for line in run):
        return [line for line in run if line.block.is_link]
    below = lines[start + len(run) :]
    teasers = _teasers(run)
    is_closed = len(run) > 1 and teasers == run and bool(below) and is_furniture(below[0])
    if len(run) <= HEADLINES_AT_END and (not below or is_closed):
        return run
    teasers = _without_crosshead(teasers, below)
    return teasers if (1 if begun else 2) <= len(teasers) <= most else []


def _without_crosshead(teasers: list[Line], below: list[Line]) -> list[Line]:
    """The headlines without the last one, where that is rather the crosshead of the sentence below it."""
    if len(teasers) < BOX or not below or not SENTENCE_END.search(below[0].block.text[-12:]):
        return teasers
    *others, last = (len(line.block.text.split()) for line in teasers)
    return teasers[:-1] if last <= CROSSHEAD_WORDS and last < min(others) else teasers


def _teasers(run: list[Line]) -> list[Line]:
    """The first lines of the run that are headlines, all in title case or none."""
    style = is_title_case(run[0].block.text) if run else False
    return list(
        itertools.takewhile(lambda line: is_teaser(line.block.text) and is_title_case(line.block.text) == style, run)
    )


def _run(lines: list[Line], start: int) -> list[Line]:
    end = start
    while end < len(lines) and _follows(lines[end]):
        end += 1
    return lines[start:end]


def _follows(line: Line) -> bool:
    return not line.in_sentence and is_headline(line.block.text) and not is_furniture(line)
