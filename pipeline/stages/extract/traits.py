"""What is known of each line of a page beside its words: its place, its element's names, its neighbours, its kind.

All lines are measured at once, in columns. Nothing here depends on a language but the learnt weights of names.
"""

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.stages.extract.line_traits import LINE_TRAITS, Hints, line_traits
from pipeline.stages.extract.walk import (
    ARTICLE,
    ASIDE,
    DIALOG,
    FIGURE,
    FOOTER,
    FORM,
    FURNITURE,
    HIDDEN,
    LIST,
    MAIN,
    NAV,
    NUMBER,
    QUOTE,
    TABLE,
    Surface,
)  # fmt: skip

Column = NDArray[Any]
Trait = Column | float | np.bool_ | np.floating[Any]
"""A column, or what all lines of the page have alike."""
MARKED = {
    "article": ARTICLE, "main": MAIN, "figure": FIGURE, "form": FORM, "list": LIST, "table": TABLE, "quote": QUOTE,
    "hidden": HIDDEN, "furniture": FURNITURE,
}  # fmt: skip
APART = ASIDE | NAV | FOOTER | FURNITURE | DIALOG
"""Marks of parts that are seldom the story; their paragraphs count less when its place is looked for."""
IS_LEAF = np.isin(np.arange(len(NUMBER) + 1), [NUMBER[tag] for tag in ("p", "li", "blockquote", "pre")])
"""By the number of a tag: a line in such an element belongs to the one around it, with its neighbours."""
TITLES = tuple(NUMBER[tag] for tag in ("h1", "h2", "h3"))
SENTENCE, PARAGRAPH = 50, 80
"""Characters: fewest of a line that ends like a sentence, and of one that has a sentence within it, to be prose."""


def measure(surface: Surface, hints: Hints) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    """One row a line, and the names of the columns. The page must have a line."""
    columns = _Measured(surface, hints).columns()
    table = np.empty((len(columns), len(surface.lines.text)), dtype=np.float32)
    for place, column in zip(table, columns.values(), strict=True):
        place[:] = column
    return table.T, tuple(columns)


class _Measured:
    """The columns, and what they are made of. ``f_``: one value an element, else one a line."""

    def __init__(self, surface: Surface, hints: Hints) -> None:
        lines, frames = surface.lines, surface.frames
        self.words = line_traits(lines.text, hints)
        self.length = self.words[:, 0]
        self.size = len(lines.text)
        self.row = np.arange(self.size)
        self.frame = np.array(lines.frame)
        self.f_parent, self.f_tag, self.f_marks = (
            np.array(column) for column in (frames.parent, frames.tag, frames.marks)
        )
        self.f_depth, self.f_near = np.array(frames.depth), np.array(frames.near)
        self.f_first, self.f_last = np.array(frames.first), np.array(frames.last)
        self.f_chain, self.f_worst, self.f_best = _handed_down(frames.parent, frames.far)
        weight = np.maximum(1, self.length - self.words[:, 1] + 1)
        self.linked = np.minimum(1, np.array(lines.linked) / weight)
        self.bold = np.minimum(1, np.array(lines.bold) / weight)
        self.links, self.broken = np.array(lines.links), np.array(lines.broken)
        self.path = np.array(frames.path)[self.frame]
        self.tag, self.marks = self.f_tag[self.frame], self.f_marks[self.frame]
        self.chain = self.f_chain[self.frame]
        self.prose = self._prose()
        self.so_far, self.prose_so_far, self.linked_so_far = map(
            _sums, (self.length, self.prose, self.linked * self.length)
        )
        self.all_prose = max(1.0, float(self.prose_so_far[-1]))

    def _prose(self) -> Column:
        ended = (self.words[:, 4] == 2) & (self.length >= SENTENCE) & (self.linked < 0.5)
        within = (self.words[:, 3] >= 1) & (self.length >= PARAGRAPH)
        result: Column = np.where(ended | within, self.length * (1 - self.linked), 0)
        return result

    @cached_property
    def trust(self) -> Column:
        """How far the names and marks around a line let it be of the story, 0 … 1."""
        by_names = 1 / (1 + np.exp(-np.clip(self.chain + 1, -8, 8)))
        result: Column = by_names * np.where(self.marks & APART, 0.3, 1.0)
        return result

    @cached_property
    def home(self) -> Column:
        """The element that holds a line together with its neighbours."""
        result: Column = np.where(IS_LEAF[self.tag], self.f_parent[self.frame], self.frame)
        return result

    @cached_property
    def f_direct(self) -> Column:
        """Trusted prose at home in an element."""
        result: Column = np.bincount(self.home, weights=self.prose * self.trust, minlength=len(self.f_parent))
        return result

    @cached_property
    def top(self) -> int:
        """The element that holds most of the story, by its own paragraphs and half of its children's."""
        score = self.f_direct + 0.5 * np.bincount(self.f_parent, weights=self.f_direct, minlength=len(self.f_parent))
        score[0] *= 0.2
        return int(np.argmax(score))

    def columns(self) -> dict[str, Trait]:
        return {
            **{name: self.words[:, number] for number, name in enumerate(LINE_TRAITS)},
            **self._line_columns(),
            **self._names(),
            **self._elements(),
            **self._story_place(),
            **self._headline_place(),
            **self._template(),
            **self._page(),
            **self._neighbours(),
            **self._surroundings(),
        }

    def _line_columns(self) -> dict[str, Column]:
        return {
            "linked": self.linked, "bold": self.bold, "links": self.links, "broken": self.broken,
            "prose": np.log1p(self.prose), "tag": self.tag, "outer tag": self.f_tag[self.f_parent[self.frame]],
            "depth": self.f_depth[self.frame], "apart": (self.marks & APART) != 0,
            **{name: (self.marks & mark) != 0 for name, mark in MARKED.items()},
        }  # fmt: skip

    def _names(self) -> dict[str, Column]:
        outer = self.f_parent[self.frame]
        return {
            "near": self.f_near[self.frame], "near, outer": self.f_near[outer],
            "near, outer 2": self.f_near[self.f_parent[outer]], "chain": self.chain,
            "worst": self.f_worst[self.frame], "best": self.f_best[self.frame], "trust": self.trust,
            "chain against top": self.chain - self.f_chain[self.top],
        }  # fmt: skip

    def _elements(self) -> dict[str, Column]:
        """What the four innermost elements around a line hold."""
        held, prose, linked = map(self._held, (self.so_far, self.prose_so_far, self.linked_so_far))
        least = np.maximum(1, held)
        f_columns = {
            "held": np.log1p(held), "prose held": prose / least, "links held": linked / least,
            "lines held": np.log1p(self.f_last - self.f_first), "share held": prose / self.all_prose,
        }  # fmt: skip
        columns: dict[str, Column] = {}
        element = self.frame
        for level in range(4):
            columns |= {f"{name} {level}": column[element] for name, column in f_columns.items()}
            element = self.f_parent[element]
        return columns

    def _held(self, sums: Column) -> Column:
        result: Column = sums[self.f_last] - sums[self.f_first]
        return result

    def _story_place(self) -> dict[str, Trait]:
        """Where a line stands to the element with most of the story."""
        begin, end = self.f_first[self.top], self.f_last[self.top]
        within = (self.row >= begin) & (self.row < end)
        low, high = self._bounds(within)
        direct = self.f_direct[self.home]
        most = max(1.0, float(self.f_direct.max()))
        rival = direct >= 0.5 * max(1.0, float(self.f_direct[self.top]))
        steps, meeting = self._way_up(begin, end)
        return {
            "home": np.log1p(direct), "home share": direct / most, "within": within, "steps up": steps,
            "meeting depth": self.f_depth[meeting] - self.f_depth[self.top],
            "rival before": (rival & (self.row < begin)).any(), "rival after": (rival & (self.row >= end)).any(),
            "to last": np.clip(high - self.row, -60, 30),
            "between": np.clip((self.row - low) / max(1, high - low), -2, 3),
            "prose before at home": np.log1p(
                self.prose_so_far[self.row] - self.prose_so_far[np.minimum(self.row, self.f_first[self.home])]
            ),
        }  # fmt: skip

    def _bounds(self, within: Column) -> tuple[int, int]:
        found = np.nonzero(within & (self.prose > 0))[0]
        return (int(found[0]), int(found[-1])) if len(found) else (0, 0)

    def _way_up(self, begin: int, end: int) -> tuple[Column, Column]:
        """Steps, eight at most, from a line's element to one that holds the whole of the top, and where they lead."""
        holds = (self.f_first <= begin) & (self.f_last >= end)
        steps, element = np.zeros(self.size), self.frame.copy()
        for _ in range(8):
            outside = ~holds[element]
            if not outside.any():
                break
            steps += outside
            element = np.where(outside, self.f_parent[element], element)
        return steps, element

    def _headline_place(self) -> dict[str, Trait]:
        alike = np.nonzero((self.words[:, 6] >= 0.7) & (self.length < 300))[0]
        low, _ = self._bounds((self.row >= self.f_first[self.top]) & (self.row < self.f_last[self.top]))
        before = alike[alike <= low]
        shown = np.nonzero(self.tag == NUMBER["h1"])[0]
        return {
            "from headline": self._distance(before[-1:], -20),
            "from first headline": self._distance(alike[:1], -20),
            "from h1": self._distance(shown[:1], -20),
        }

    def _distance(self, place: Column, least: int) -> Trait:
        return np.clip(self.row - place[0], least, 50) if len(place) else -30

    def _template(self) -> dict[str, Column]:
        """What all lines on the same way down from the root are like."""
        many = np.bincount(self.path)
        held, prose, linked = (
            np.bincount(self.path, weights=column) for column in (self.length, self.prose, self.linked * self.length)
        )
        least = np.maximum(1, held)
        return {
            "same path": np.log1p(many[self.path]), "same path, held": np.log1p(held[self.path]),
            "same path, prose": (prose / least)[self.path], "same path, links": (linked / least)[self.path],
            "same path, share": prose[self.path] / self.all_prose,
        }  # fmt: skip

    def _page(self) -> dict[str, Trait]:
        total = max(1.0, float(self.so_far[-1]))
        return {
            "place": self.row / self.size, "place in text": self.so_far[:-1] / total,
            "top share": self.f_direct[self.top] / self.all_prose, "page prose": np.log1p(self.all_prose),
            "page lines": np.log1p(self.size),
        }  # fmt: skip

    def _neighbours(self) -> dict[str, Column]:
        near = self.f_near[self.frame]
        columns: dict[str, Column] = {}
        for side in (1, -1):
            of = {"characters": self.length, "linked": self.linked, "prose": np.log1p(self.prose), "near": near,
                  "tag": self.tag, "chain": self.chain}  # fmt: skip
            columns |= {f"{name} {side:+d}": _shifted(column, side) for name, column in of.items()}
        return columns

    def _surroundings(self) -> dict[str, Column]:
        """Prose and links in some lines before and behind."""
        columns: dict[str, Column] = {}
        behind = np.minimum(self.size, self.row + 1)
        before_here, before_next = self.prose_so_far[:-1], self.prose_so_far[behind]
        for reach in (3, 8, 20):
            start, end = np.maximum(0, self.row - reach), np.minimum(self.size, self.row + reach + 1)
            columns[f"prose before {reach}"] = np.log1p(before_here - self.prose_so_far[start])
            columns[f"prose behind {reach}"] = np.log1p(self.prose_so_far[end] - before_next)
            if reach == 8:
                columns["links before"] = self._linked_part(start, self.row)
                columns["links behind"] = self._linked_part(behind, end)
        columns["prose left"] = (self.prose_so_far[-1] - before_next) / self.all_prose
        return columns

    def _linked_part(self, start: Column, end: Column) -> Column:
        held = np.maximum(1, self.so_far[end] - self.so_far[start])
        result: Column = (self.linked_so_far[end] - self.linked_so_far[start]) / held
        return result


def _sums(column: Column) -> Column:
    result = np.zeros(len(column) + 1)
    np.cumsum(column, out=result[1:])
    return result


def _shifted(column: Column, by: int) -> Column:
    """Each row's value of the line ``by`` rows further up; 0 where there is none."""
    result = np.zeros_like(column)
    if by > 0:
        result[by:] = column[:-by]
    else:
        result[:by] = column[-by:]
    return result


def _handed_down(parent: list[int], weights: list[float]) -> tuple[Column, Column, Column]:
    """For each element, over itself and all around it: sum, least and greatest of the weights."""
    chains, lows, highs = [0.0], [0.0], [0.0]
    for above, weight in zip(parent[1:], weights[1:], strict=True):
        chains.append(chains[above] + weight)
        lows.append(weight if weight < lows[above] else lows[above])
        highs.append(weight if weight > highs[above] else highs[above])
    return np.array(chains), np.array(lows), np.array(highs)
