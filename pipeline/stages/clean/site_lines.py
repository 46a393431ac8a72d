"""Counting the lines of a site's stories, in bounded memory, and telling how usual each is."""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pipeline.stages.clean.repeats import Familiar, Shape, Trait, Use

MOST_LINES = 500
"""Lines that are remembered of one site: some of its newest stories, and all that returned."""
ONCE_FOR = 12
"""Stories after which a line that stood on one of them alone is forgotten …"""
RETURNED_FOR = 400
"""… and one that has returned before."""
MANY = 10
_RECORD = struct.Struct(">QIII")
_TRAIT = struct.Struct(">QB?")


@dataclass(slots=True)
class Count:
    """On how many stories a line stood, and the numbers of the first and the last of them."""

    stories: int
    first: int
    last: int


@dataclass(slots=True)
class SiteLines:
    """What is remembered of one site: the number of its stories, and the counts of lines by their keys."""

    stories: int = 0
    lines: dict[int, Count] = field(default_factory=dict)

    def learn(self, traits: Sequence[Trait]) -> None:
        """Count one more story. A copy of an earlier one teaches nothing about the site."""
        if self._is_copy(traits):
            return
        self.stories += 1
        for key in {trait.key for trait in traits if trait.shape != Shape.OPEN}:
            count = self.lines.setdefault(key, Count(0, self.stories, 0))
            count.stories += 1
            count.last = self.stories
        if len(self.lines) > MOST_LINES:
            self._forget()

    def familiar(self, among: Iterable[int] | None = None) -> Familiar:
        """The lines (``among`` those, where given) that at least two stories had, and how usual they are."""
        keys = self.lines if among is None else [key for key in among if key in self.lines]
        uses = ((key, self._use(self.lines[key])) for key in keys)
        return Familiar({key: use for key, use in uses if use})

    def pack(self) -> bytes:
        """As bytes for the ledger."""
        return b"".join(_RECORD.pack(key, count.stories, count.first, count.last) for key, count in self.lines.items())

    @classmethod
    def unpack(cls, stories: int, packed: bytes) -> "SiteLines":
        """Back from ``pack``."""
        return cls(stories, {key: Count(*numbers) for key, *numbers in _RECORD.iter_unpack(packed)})

    def _use(self, count: Count) -> int:
        if count.stories < 2:
            return 0
        share = count.stories / (self.stories - count.first + 1)
        if count.stories >= MANY and share >= 0.8:
            return Use.CONSTANT
        return Use.USUAL if share >= 0.5 else Use.RETURNING if share >= 0.2 else 0

    def _is_copy(self, traits: Sequence[Trait]) -> bool:
        prose = [trait.key for trait in traits if trait.prose]
        return bool(prose) and 2 * sum(key in self.lines for key in prose) > len(prose)

    def _forget(self) -> None:
        """What has not returned for long goes first, then what was seen longest ago."""
        kept = [
            (key, count)
            for key, count in self.lines.items()
            if self.stories - count.last < (ONCE_FOR if count.stories == 1 else RETURNED_FOR)
        ]
        kept.sort(key=lambda pair: (pair[1].stories > 1, pair[1].last), reverse=True)
        self.lines = dict(kept[:MOST_LINES])


def pack_traits(traits: Iterable[Trait]) -> bytes:
    """What ``learn`` needs of them as bytes, few enough to keep those of many stories."""
    return b"".join(_TRAIT.pack(trait.key, trait.shape, trait.prose) for trait in traits)


def unpack_traits(packed: bytes) -> list[Trait]:
    """Back from ``pack_traits``, for ``learn`` alone."""
    return [Trait(key, shape, 0, prose, False, False) for key, shape, prose in _TRAIT.iter_unpack(packed)]
