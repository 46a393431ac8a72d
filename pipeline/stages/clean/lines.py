"""One line of a text that is being cleaned: the rules that know it, and the one that took it."""

from dataclasses import dataclass

from pipeline.stages.clean.blocks import Block
from pipeline.stages.clean.rules import Place, Rule

ANYWHERE: tuple[Place, ...] = ("anywhere", "onward")
ANYWHERE_BELOW: tuple[Place, ...] = (*ANYWHERE, "below")


@dataclass(slots=True)
class Line:
    block: Block
    rules: tuple[Rule, ...]
    """Those that know the line, whether it stands in their place or not."""
    is_prose: bool
    removed_by: str | None = None
    in_sentence: bool = False
    """Part of a sentence that runs over more than one line."""

    @property
    def joins(self) -> bool:
        """Did it go as part of a form or a bar?"""
        return any(rule.joins and rule.id == self.removed_by for rule in self.rules)

    def rule_for(self, *places: Place) -> Rule | None:
        """The first rule that knows this line in one of these places."""
        if not self.rules:  # as most often
            return None
        return next((rule for rule in self.rules if rule.place in places), None)


def is_furniture(line: Line) -> bool:
    """Does a rule take the line wherever it stands below the beginning of the story?"""
    return line.rule_for(*ANYWHERE_BELOW) is not None
