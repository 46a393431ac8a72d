"""Taking boilerplate off a story, line by line, each removal with its rule.

The passes run in an order that makes cleaning idempotent: what a pass looks at is not changed by a later one.
"""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipeline.model import Removal
from pipeline.stages.clean.blocks import (
    SIGN_OFF,
    WRAPPED_LENGTH,
    Block,
    continues,
    has_own_headline,
    is_attributed,
    is_prose,
)
from pipeline.stages.clean.boxes import headlines_below
from pipeline.stages.clean.lines import ANYWHERE, ANYWHERE_BELOW, Line
from pipeline.stages.clean.matcher import line_end
from pipeline.stages.clean.rules import Place, Rule, Rules

BETWEEN = 2
"""So many lines that no rule knows may be part of a form or a bar."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """``kept``: the lines that stayed. ``removed``: the others, in their order."""

    kept: tuple[Block, ...]
    removed: tuple[Removal, ...] = ()

    @property
    def text(self) -> str:
        """The lines that stayed, joined by newlines."""
        return "\n".join(block.text for block in self.kept)


def clean(text: str, rules: Rules) -> Cleaned:
    """The story without boilerplate lines; blank lines go without a word.

    ``text`` is plain, one paragraph or line a line, with or without its headline.
    """
    return clean_blocks((Block(line) for line in text.splitlines()), rules)


def clean_blocks(blocks: Iterable[Block], rules: Rules, languages: frozenset[str] | None = None) -> Cleaned:
    """The same for lines that know how much of them is link text; ``languages`` are those of the text, where known."""
    cuts: list[tuple[int, Removal]] = []
    lines: list[Line] = []
    blocks = list(blocks)
    if languages is None:
        languages = rules.languages_in(block.text for block in blocks)
    for block in blocks:
        text, cut = _without_line_end(block.text.strip(), rules)
        cuts += [(len(lines), removal) for removal in cut]
        if text:
            lines.append(Line(Block(text, block.linked), _known_to(block, text, rules, languages), is_prose(text)))
    _spare_broken_sentences(lines)
    _sweep_anywhere(lines)
    _sweep_onward(lines)
    _sweep_opening(lines)
    _sweep_ending(lines)
    _sweep_between(lines)
    kept = tuple(line.block for line in lines if line.removed_by is None)
    return Cleaned(kept, tuple(_removals(lines, cuts)))


def _known_to(block: Block, text: str, rules: Rules, languages: frozenset[str]) -> tuple[Rule, ...]:
    """The rules for the line, if it may be any of theirs."""
    known = rules.matching(text, languages)
    if known and not block.is_link:
        known = tuple([rule for rule in known if not rule.linked])
    return () if known and is_attributed(text) else known


def _removals(lines: list[Line], cuts: list[tuple[int, Removal]]) -> Iterator[Removal]:
    """Whole lines and cut ends in the order of the text."""
    gone = [(number, Removal(line.block.text, line.removed_by)) for number, line in enumerate(lines) if line.removed_by]
    return (removal for _, removal in sorted(cuts + gone, key=lambda pair: pair[0]))


def _without_line_end(text: str, rules: Rules) -> tuple[str, list[Removal]]:
    """The line without a stray end, such as a trailing backslash."""
    removals: list[Removal] = []
    while rules.may_end(text) and (cut := _end(text, rules)):
        start, rule = cut
        removals.append(Removal(text[start:].strip(), rule.id))
        text = text[:start].rstrip()
    return text, removals


def _end(text: str, rules: Rules) -> tuple[int, Rule] | None:
    """Where the end begins that the first of the rules cuts."""
    for rule in rules.line_ends:
        for pattern in rule.patterns:
            found = line_end(pattern).search(text)
            if found and found.end() > found.start():
                return found.start(), rule
    return None


def _spare_broken_sentences(lines: list[Line]) -> None:
    """Text of fixed width: half a sentence may look like a rule's line, but is none.

    Sites put their labels below lines without a full stop, too, so what a rule knows must look like a rest.
    """
    for before, line in itertools.pairwise(lines):
        if before.rules or not continues(line.block.text, before.block.text):
            continue
        if not line.rules or _may_be_rest(line.block.text):
            before.in_sentence = line.in_sentence = True
            line.rules = ()


def _may_be_rest(text: str) -> bool:
    """The rest of a sentence is as wide as a line of the text, or ends it."""
    return text.rstrip("\"'”’)").endswith((".", "?", "!")) or (text[0].islower() and len(text) >= WRAPPED_LENGTH)


def _sweep_anywhere(lines: list[Line]) -> None:
    begun = False
    for number, line in enumerate(lines):
        if rule := line.rule_for(*(ANYWHERE_BELOW if begun else ANYWHERE)):
            line.removed_by = rule.id
            most = 0 if has_own_headline(line.block.text) else rule.and_next
            for headline in headlines_below(lines, number + 1, most, begun=begun):
                headline.removed_by = headline.removed_by or rule.id
        begun = begun or _is_story(line)


def _sweep_onward(lines: list[Line]) -> None:
    """From the first reply form below the story's beginning on, all that follows is readers' comments."""
    begun = False
    for number, line in enumerate(lines):
        rule = line.rule_for("onward")
        if rule and begun:
            for below in lines[number:]:
                below.removed_by = below.removed_by or rule.id
            return
        begun = begun or _is_story(line)


def _sweep_opening(lines: list[Line]) -> None:
    _sweep_edge(lines, "opening")


def _sweep_ending(lines: list[Line]) -> None:
    _sweep_edge(lines[::-1], "ending")


def _sweep_edge(lines: list[Line], place: Place) -> None:
    """Lines from one edge up to the first line of prose. A text without any prose has no edges."""
    edge = next((number for number, line in enumerate(lines) if _is_story(line)), 0)
    for line in lines[:edge]:
        if line.removed_by is None and (rule := line.rule_for(place)):
            line.removed_by = rule.id


def _sweep_between(lines: list[Line]) -> None:
    """Below the story, what no rule knows between lines of a form or a bar is one more piece of it."""
    below = max((number for number, line in enumerate(lines) if _is_story(line)), default=len(lines)) + 1
    runs = [(goes, list(run)) for goes, run in itertools.groupby(lines[below:], key=lambda line: bool(line.removed_by))]
    for (_, before), (goes, run), (_, after) in zip(runs, runs[1:], runs[2:], strict=False):
        if goes or len(run) > BETWEEN or any(SIGN_OFF.match(line.block.text) for line in run):
            continue
        if before[-1].joins and after[0].joins:
            for line in run:
                line.removed_by = before[-1].removed_by


def _is_story(line: Line) -> bool:
    return line.removed_by is None and line.is_prose
