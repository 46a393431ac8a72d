"""What a boilerplate rule is, and which rules know a line.

Patterns are RE2: matching takes time linear in the line, whatever an operator writes, so no rule can hang a worker.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Literal, get_args

import re2

Place = Literal["anywhere", "opening", "ending", "onward", "line-end"]
PLACES: tuple[Place, ...] = get_args(Place)
LONGEST_LINE = 600
"""Characters. A longer line is a paragraph of the story: no rule looks at it."""

_UNSEEN = str.maketrans("", "", "\u200b\u200e\u200f\u00ad\ufeff\ufe0f")
PATTERNS_AT_ONCE = 40
"""Patterns of one automaton. With all in one, its states outgrow their cache: measured, three times the CPU a line."""

_STRAIGHT = str.maketrans("‘’ʼ“”„«»", "''" + "'" + '"' * 5)
_BULLETS = " \t•·▪■●◆►▶➤➡→»›>*–—-|_👉☞‣⁃▸"
_ARROWS = " \t»›>→➡►▶➤▸*|_"


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of boilerplate line.

    ``patterns`` are RE2 expressions, each matched against a whole folded line, case aside.
    ``place`` says where such a line is boilerplate: ``anywhere``; in the ``opening`` (before the first line of prose);
    in the ``ending`` (after the last one); ``onward``: the line itself and, once the story has begun, all that follows;
    ``line-end``: only the matching end of a line is cut off.
    ``and_next`` is how many headlines below the line go with it. ``linked`` keeps the rule to lines that are one link.
    """

    id: str
    place: Place
    patterns: tuple[str, ...]
    and_next: int = 0
    linked: bool = False


@dataclass(frozen=True)
class Rules:
    """All rules in their order: the first that matches a line gives the reason for its removal."""

    rules: tuple[Rule, ...] = ()
    digest: str = field(init=False)
    """sha256 of what the rules mean; examples and comments do not change it."""

    def __post_init__(self) -> None:
        meaning = json.dumps([asdict(rule) for rule in self.rules], ensure_ascii=False, sort_keys=True)
        object.__setattr__(self, "digest", hashlib.sha256(meaning.encode()).hexdigest())

    def __reduce__(self) -> tuple[Any, ...]:
        # The automaton cannot be pickled; a worker builds its own.
        return Rules, (self.rules,)

    @cached_property
    def line_ends(self) -> tuple[Rule, ...]:
        """The rules that cut a line instead of dropping it."""
        return tuple(rule for rule in self.rules if rule.place == "line-end")

    def matching(self, line: str) -> tuple[Rule, ...]:
        """The rules that know this line, in their order, wherever they apply."""
        folded = fold(line)
        if not folded or len(line) > LONGEST_LINE:
            return ()
        known = {owners[index] for automaton, owners in self._automata for index in automaton.Match(folded) or ()}
        return tuple(self.rules[number] for number in sorted(known))

    @cached_property
    def _automata(self) -> tuple[tuple[Any, tuple[int, ...]], ...]:
        """Automata for all patterns, each with the rule behind each of its patterns."""
        patterns = [
            (pattern, number)
            for number, rule in enumerate(self.rules)
            if rule.place != "line-end"
            for pattern in rule.patterns
        ]
        parts = (patterns[start : start + PATTERNS_AT_ONCE] for start in range(0, len(patterns), PATTERNS_AT_ONCE))
        return tuple((_automaton(part), tuple(number for _, number in part)) for part in parts)


NO_RULES = Rules()


def fold(line: str) -> str:
    """The line as patterns see it: plain quotes and blanks, no bullet before it, no arrow behind it."""
    line = " ".join(line.split()).translate(_UNSEEN)
    return line.lstrip(_BULLETS).rstrip(_ARROWS).translate(_STRAIGHT)


def _automaton(patterns: Sequence[tuple[str, int]]) -> Any:
    automaton = re2.Set.FullMatchSet(_options(max_mem=32 << 20))
    for pattern, _ in patterns:
        automaton.Add(pattern)
    automaton.Compile()
    return automaton


def compiled(pattern: str) -> Any:
    """The expression, case aside. Raises ``re2.error`` when it is none."""
    return re2.compile(pattern, _options())


@lru_cache(maxsize=256)
def line_end(pattern: str) -> Any:
    """The expression, tied to the end of a line."""
    return compiled(f"(?:{pattern})$")


def _options(max_mem: int = 8 << 20) -> Any:
    """``max_mem``: bytes. An automaton short of memory would answer "no match"; what it does not need is not taken."""
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = False
    options.max_mem = max_mem
    return options
