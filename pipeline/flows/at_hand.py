"""The first of the entries that wait, with their words, so that most rounds read none of them again from the ledger."""

from collections.abc import Iterable

from pipeline.adapters.ledger.entries import OpenEntry

MOST = 2000
"""Entries: more of them would be the memory of the round."""
SHORT = 2000
"""Characters of an entry's words. A feed that carries whole texts would fill the memory with few."""


class AtHand:
    """A bounded number of entries, each until it is taken."""

    def __init__(self, most: int = MOST, short: int = SHORT) -> None:
        self._most, self._short = most, short
        self._entries: dict[int, OpenEntry] = {}

    def keep(self, entry: OpenEntry) -> None:
        """Unless there is no room, or it is long."""
        length = len(entry.entry.summary) + len(entry.entry.content)
        if len(self._entries) < self._most and length <= self._short:
            self._entries[entry.id] = entry

    def take(self, numbers: Iterable[int]) -> dict[int, OpenEntry]:
        """Those of these entries that were kept, by their numbers."""
        return {number: self._entries.pop(number) for number in numbers if number in self._entries}
