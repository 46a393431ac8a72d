"""With what the lines begin, or end, that an expression (RE2 syntax) matches: most are told apart by so much of them.

Only as much of the syntax is understood as is needed to cut an expression between two of its elements.
"""

import re
from collections.abc import Iterator

_ELEMENT = re.compile(r"\\[pPx]\{[^}]*\}|\\.|\[\^?\]?(?:\[:\^?\w+:\]|\\[pPx]\{[^}]*\}|\\.|[^\]\\])*\]|.", re.DOTALL)
_GROUP = re.compile(r"\((?:\?(?:-i)?:)?(?!\?)")
_QUANTIFIER = re.compile(r"(?:[*+?]|\{\d+(?:,\d*)?\})?\??")
# One of many characters, any number of times: that would tell nothing, and cost an automaton many states. Nor does a
# word's first capital, of which there are many.
_WIDE = re.compile(r"(?<!\\)\.|\[\^|\\[SWDwpP]|A-Z")
_LOOP = re.compile(r"[*+{]")
_LITERAL = "\\Q"


def beginning(pattern: str) -> str | None:
    """An expression for that with which all lines begin that the ``pattern`` matches, up to what may be anything.

    ``None`` where nothing can be told: the pattern may begin with anything, or with nothing.
    """
    if _LITERAL in pattern:
        return None
    found = [_beginning(elements) for elements in _alternatives(pattern)]
    return None if None in found else f"(?:{'|'.join(map(str, found))})"


def ending(pattern: str) -> str:
    """An expression for that with which all lines end that the ``pattern`` matches, behind what may be anything.

    What may be anything, however long, may stand in the midst of it.
    """
    if _LITERAL in pattern:
        return pattern
    return "|".join(_ending(elements) for elements in _alternatives(pattern))


def _ending(elements: list[tuple[str, str]]) -> str:
    """Counting what may be anything, from wherever it may begin, takes an automaton as many states as all of it."""
    start = 0
    for place, (element, quantifier) in enumerate(elements[:-1]):  # behind the last one all lines would end
        if _WIDE.match(element) and _LOOP.search(quantifier) and (place == start or quantifier.startswith("{")):
            start = place + 1
    return "".join(element + quantifier for element, quantifier in elements[start:])


def _beginning(elements: list[tuple[str, str]]) -> str | None:
    taken, must = "", False
    for element, quantifier in elements:
        group = _GROUP.match(element)
        if group is None and element[0] == "(":
            return None  # flags, or a name
        if not (_WIDE.search(element) and _LOOP.search(element + quantifier)):
            taken += element + quantifier
            must = must or not quantifier.startswith(("?", "*", "{0"))
            continue
        if must or quantifier or group is None:
            break
        inner = beginning(element[group.end() : -1])
        return None if inner is None else f"{taken}{group[0]}{inner})"
    return taken if must else None


def _alternatives(pattern: str) -> list[list[tuple[str, str]]]:
    """Elements and their quantifiers, of each alternative."""
    found: list[list[tuple[str, str]]] = [[]]
    for element, quantifier in _elements(pattern):
        if element == "|":
            found.append([])
        else:
            found[-1].append((element, quantifier))
    return found


def _elements(pattern: str) -> Iterator[tuple[str, str]]:
    """A group is one element."""
    start = at = depth = 0
    while element := _ELEMENT.match(pattern, at):
        depth += {"(": 1, ")": -1}.get(element[0], 0)
        at = element.end()
        if not depth:
            quantifier = _QUANTIFIER.match(pattern, at)
            yield pattern[start:at], quantifier[0] if quantifier else ""
            start = at = quantifier.end() if quantifier else at
