"""A measured ratio beside its goal, and the table of all of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Goal:
    """``must`` and ``wanted`` bound the figure from above, or from below where ``more`` is better."""

    must: float
    wanted: float
    more: bool = False

    def verdict(self, figure: float) -> str:
        if self._reached(figure, self.wanted):
            return "wanted"
        return "must" if self._reached(figure, self.must) else "MISSED"

    def _reached(self, figure: float, bound: float) -> bool:
        return figure >= bound if self.more else figure <= bound


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: ``figure`` in ``unit`` is held against the goal, ``detail`` says what stands behind."""

    measure: str
    figure: float
    unit: str
    goal: Goal | None
    detail: str


def show(rows: Sequence[Row]) -> None:
    table = Table("measure", "figure", "must", "wanted", "verdict", "detail")
    for row in rows:
        goal, sign = row.goal, ">=" if row.goal and row.goal.more else "<="
        bounds = (
            (f"{sign} {goal.must:g}", f"{sign} {goal.wanted:g}", goal.verdict(row.figure)) if goal else ("", "", "")
        )
        table.add_row(row.measure, f"{row.figure:.3g} {row.unit}", *bounds, row.detail)
    Console(width=160).print(table)


def missed(rows: Sequence[Row]) -> list[str]:
    """The measures that do not even reach what they must."""
    return [row.measure for row in rows if row.goal and row.goal.verdict(row.figure) == "MISSED"]
