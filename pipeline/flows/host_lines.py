"""Which entries of a round are worked on now, and which wait in the line of their host, as mere numbers.

A round may open a hundred thousand entries at once. What is worked on has its words in memory and a task of its own;
of what waits, all but the first is read from the ledger when its turn comes.
"""

from collections import defaultdict, deque

FEW = 8
"""Entries of one host that are worked on at once: twice its requests under way, so that the next is always at hand."""
CROWD = 1000
"""With so many on all hosts together, each further host has one."""
HURRY = 64
"""What waits for no host: all, once no request may begin any more and the feeds' own words have to do …"""
NO_HOST = ""
"""… and always the entries that no page is asked for."""


class HostLines:
    """First come, first served on each host."""

    def __init__(self, few: int = FEW, crowd: int = CROWD, hurry: int = HURRY) -> None:
        self._few, self._crowd, self._hurry = few, crowd, hurry
        self._working: dict[str, int] = defaultdict(int)
        self._lines: dict[str, deque[int]] = {}
        self._waiting: set[int] = set()
        self._all = 0

    def enter(self, host: str, number: int) -> bool:
        """May the entry be worked on at once? Otherwise it waits for ``leave`` to name it."""
        if host not in self._lines and self._working[host] < self._most(host, hurry=False):
            self._begin(host)
            return True
        self._lines.setdefault(host, deque()).append(number)
        self._waiting.add(number)
        return False

    def waits(self, number: int) -> bool:
        return number in self._waiting

    def leave(self, host: str, *, hurry: bool) -> tuple[int, ...]:
        """One entry of the host is done; those whose turn it is now. ``hurry``: hosts are not asked any more."""
        self._working[host] -= 1
        self._all -= 1
        line, begun = self._lines.get(host, deque()), []
        while line and self._working[host] < self._most(host, hurry=hurry):
            begun.append(line.popleft())
            self._begin(host)
        self._waiting.difference_update(begun)
        if not line:
            self._lines.pop(host, None)
        if not self._working[host]:
            del self._working[host]
        return tuple(begun)

    def _begin(self, host: str) -> None:
        self._working[host] += 1
        self._all += 1

    def _most(self, host: str, *, hurry: bool) -> int:
        if hurry or host == NO_HOST:
            return self._hurry
        return self._few if self._all < self._crowd else 1
