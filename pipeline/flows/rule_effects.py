"""What other rules would do to the lines of stories, rule by rule."""

from collections import Counter
from dataclasses import dataclass, field

from pipeline.model import Removal

MAX_SAMPLES = 5
LONGEST_SAMPLE = 200


@dataclass(slots=True)
class RuleEffect:
    """Of one rule: in how many stories it takes more lines, or some no longer that it took, and examples of both."""

    stories: int = 0
    taken: int = 0
    given_back: int = 0
    samples: list[str] = field(default_factory=list)
    """Lines, ``-`` before one that goes and ``+`` before one that comes back."""


def note_effects(effects: dict[str, RuleEffect], before: tuple[Removal, ...], after: tuple[Removal, ...]) -> None:
    """Add one story's differences. A line that only changes its rule stays removed, so it is none."""
    old, new = (Counter(removal.text for removal in removals) for removals in (before, after))
    taken, given_back = _of(after, new - old), _of(before, old - new)
    for rule in {rule for rule, _ in taken + given_back}:
        effects.setdefault(rule, RuleEffect()).stories += 1
    for rule, line in taken:
        effects[rule].taken += 1
        _sample(effects[rule], f"- {line}")
    for rule, line in given_back:
        effects[rule].given_back += 1
        _sample(effects[rule], f"+ {line}")


def _of(removals: tuple[Removal, ...], wanted: Counter[str]) -> list[tuple[str, str]]:
    """(rule, line) of as many of the removals as are wanted of each line."""
    left = Counter(wanted)
    found = []
    for removal in removals:
        if left[removal.text] > 0:
            left[removal.text] -= 1
            found.append((removal.rule, removal.text))
    return found


def _sample(effect: RuleEffect, line: str) -> None:
    if len(effect.samples) < MAX_SAMPLES and line[:LONGEST_SAMPLE] not in effect.samples:
        effect.samples.append(line[:LONGEST_SAMPLE])
