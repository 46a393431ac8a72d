"""How a long flow tells of its progress."""

from collections.abc import Callable

Watcher = Callable[[str, int, int], None]
"""Told of what (``feeds``, ``entries``, ``stories``), how many are done, and how many there are so far."""


def unwatched(_what: str, _done: int, _all: int) -> None:
    """Nobody looks on."""
