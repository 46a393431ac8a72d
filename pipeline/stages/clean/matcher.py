"""Which of many expressions match a whole line: RE2 automata, in little memory.

Patterns are RE2: matching takes time linear in the line, whatever an operator writes, so no rule can hang a worker.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import cache, lru_cache
from typing import Any

import re2

from pipeline.stages.clean.beginnings import beginning, ending

REMEMBERED = 60
"""Characters. What stands around the stories of a site comes back on each of its pages, in shorter lines than these."""
_BUDGETS = (1 << 16, 1 << 18, 1 << 20)
"""Bytes for one expression; what cannot be made with the last is refused."""
# Begins with almost anything, any number of times.
_LOOSE = re.compile(r"(?:(?:\.|\[\^[^\]\\]+\])(?:[*+]|\{[\d,]+\}))+(?![?+*{])")


@lru_cache(maxsize=2)
def ends_of(patterns: tuple[str, ...]) -> Any:
    return any_of([f"(?:{pattern})$" for pattern in patterns])


def any_of(patterns: Iterable[str], max_mem: int = 1 << 20) -> Any:
    """An automaton whose ``Match(text)`` tells the numbers of the patterns that are somewhere in the text, if any."""
    automaton = re2.Set.SearchSet(_options(max_mem))
    for pattern in patterns:
        automaton.Add(pattern)
    automaton.Compile()
    return automaton


@lru_cache(maxsize=32)
def matcher(patterns: tuple[tuple[str, int], ...], at_once: bool) -> Callable[[str], tuple[int, ...]]:
    """Tells the owners of the patterns that match a whole line, in ascending order.

    Unless ``at_once``, an expression is made when the first line begins as its lines do: of most files few are wanted.

    Of most patterns it is known with what their lines begin: these beginnings share one automaton, which gives up most
    lines at their first word, and only the patterns of those that it finds are tried. Most others cannot match without
    some word. Those words are looked for all at once, and only the patterns whose words are there are tried; the few
    patterns without such words share one automaton. Patterns that begin with almost anything have an automaton each:
    together they would have a state for each combination of places where they may have begun. These automata are asked
    only where a line ends as their patterns do behind the last of what may be anything, which few lines do.
    """
    known = [beginning(pattern) for pattern, _ in patterns]
    beginnings = _at_once([(begun, number) for number, begun in enumerate(known) if begun], re2.Set.MatchSet)
    whole = cache(lambda number: _compiled(patterns[number][0]))
    for number, begun in enumerate(known):
        if begun and at_once:
            whole(number)
    free = [pair for begun, pair in zip(known, patterns, strict=True) if not begun]
    wordless = _wordless([pattern for pattern, _ in free])
    worded = [pair for number, pair in enumerate(free) if number not in wordless]
    others = [pair for number, pair in enumerate(free) if number in wordless]
    by_words = _by_words([pattern for pattern, _ in worded])
    strict = [pair for pair in others if not _LOOSE.match(pair[0])]
    loose = [pair for pair in others if _LOOSE.match(pair[0])]
    automata = _at_once(strict)
    ends = any_of([f"(?:{ending(pattern)})$" for pattern, _ in loose], max_mem=8 << 20)
    by_end = [_at_once([pair]) for pair in loose]

    def known_to(line: str) -> tuple[int, ...]:
        text = line.encode()
        found = {worded[index][1] for index in by_words.Match(text) or ()} if worded else set()
        for automaton, numbers in beginnings:
            begun = [numbers[index] for index in automaton.Match(text) or ()]
            found.update(patterns[number][1] for number in begun if whole(number).fullmatch(text))
        asked = [part for index in ends.Match(text) or () for part in by_end[index]] if loose else []
        for automaton, owners in automata + asked:
            if indices := automaton.Match(text):
                found.update(owners[index] for index in indices)
        return tuple(sorted(found))

    remembered = lru_cache(maxsize=4096)(known_to)
    return lambda line: (remembered if len(line) <= REMEMBERED else known_to)(line)


def _wordless(patterns: Sequence[str]) -> frozenset[int]:
    """The places of the patterns that could match a line whatever words are in it."""
    if not patterns:
        return frozenset()
    # A single expression would count as one that always has to be tried.
    return frozenset(_by_words([*patterns, "needs a word"]).Match("", potential=True) or ())


def _by_words(patterns: Sequence[str]) -> Any:
    words = re2.Filter()
    for pattern in patterns:
        _add(words, f"^(?:{pattern})$")
    if patterns:
        words.Compile()
    return words


def _add(words: Any, pattern: str) -> None:
    """With the least memory it can be made with: what it is given it fills, in each worker, and needs hardly more.

    An expression of a filter that runs short begins anew, or goes on without an automaton: it never misses a match.
    """
    _with_least(lambda options: words.Add(pattern, options))


def _with_least(make: Callable[[Any], Any]) -> Any:
    for max_mem in _BUDGETS[:-1]:
        with suppress(re2.error):
            return make(_options(max_mem))
    return make(_options())


def _compiled(pattern: str) -> Any:
    return _with_least(lambda options: re2.compile(pattern, options))


def _at_once(
    pairs: Sequence[tuple[str, int]], kind: Callable[[Any], Any] = re2.Set.FullMatchSet
) -> list[tuple[Any, list[int]]]:
    """An automaton for all patterns, with their owners in order; several where one would be too large."""
    if not pairs:
        return []
    automaton = kind(_options(max_mem=8 << 20))
    for pattern, _ in pairs:
        automaton.Add(pattern)
    try:
        automaton.Compile()
    except re2.error:
        if len(pairs) == 1:
            raise
        middle = len(pairs) // 2
        return _at_once(pairs[:middle], kind) + _at_once(pairs[middle:], kind)
    return [(automaton, [owner for _, owner in pairs])]


def compiled(pattern: str) -> Any:
    """The expression, case aside. Raises ``re2.error`` when it is none."""
    return re2.compile(pattern, _options())


@lru_cache(maxsize=256)
def line_end(pattern: str) -> Any:
    """The expression, tied to the end of a line."""
    return compiled(f"(?:{pattern})$")


def _options(max_mem: int = _BUDGETS[-1]) -> Any:
    """``max_mem``: bytes. An automaton short of memory would answer "no match"; what it does not need is not taken."""
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = False
    options.max_mem = max_mem
    return options
