"""What is kept of a text to tell its copies later: about two kilobytes, whatever its length."""

import io
import struct
from dataclasses import dataclass
from typing import Self

SAMPLE = 256
"""Shingles that are kept of a text: those with the smallest hashes. A text of fewer is kept whole."""
BANDS = 20
"""Of these, so many bring texts together to be compared: a third of a text misses the whole in 3 of 10,000 cases."""
_FORMAT = 1
_HEADER = struct.Struct("<BIIIHHHH")
_DIGEST_SIZE = 32


@dataclass(frozen=True, slots=True)
class Signature:
    """A sketch of a text and its headline. All hashes are the same on every machine and in every process.

    ``words``: how many the text has. ``digest``: 64 hex digits, equal for texts with the same words in the same order;
    ``None`` for texts too short to be told apart. ``shingles`` and ``opening``: hashes of runs of words (of the whole
    text, of its first sentence or two), the smallest ones, ascending; 4 bytes each. ``frames``: the words around a
    number or name (hash, upper half) and which one it is (hash, lower half, odd for a number), ascending; 8 bytes each.
    ``headline``: hash of its words but for the numbers, 0 where it says too little. ``headline_words``: hashes of the
    same words, 4 bytes each; ``figures``: hash of the numbers, 0 where there are none.
    """

    words: int
    digest: str | None
    shingles: bytes
    opening: bytes
    frames: bytes
    headline: int
    headline_words: bytes
    figures: int

    def pack(self) -> bytes:
        """For keeping; ``unpack`` undoes it."""
        parts = (self.shingles, self.opening, self.frames, self.headline_words)
        header = _HEADER.pack(_FORMAT, self.words, self.headline, self.figures, *map(len, parts))
        digest = bytes.fromhex(self.digest) if self.digest else bytes(_DIGEST_SIZE)
        return b"".join((header, digest, *parts))

    @classmethod
    def unpack(cls, packed: bytes) -> Self | None:
        """``None`` for what another version of this program has packed."""
        if packed[:1] != bytes([_FORMAT]):
            return None
        _, words, headline, figures, *sizes = _HEADER.unpack_from(packed)
        parts = io.BytesIO(packed)
        parts.seek(_HEADER.size)
        digest, shingles, opening, frames, headline_words = (parts.read(size) for size in (_DIGEST_SIZE, *sizes))
        known = digest.hex() if any(digest) else None
        return cls(words, known, shingles, opening, frames, headline, headline_words, figures)


def known_by_digest(digest: str | None) -> Signature:
    """The signature of a text of which no more is known; with ``None`` it is like no other."""
    return Signature(0, digest, b"", b"", b"", 0, b"", 0)


UNSIGNED = known_by_digest(None)


def hashes(packed: bytes) -> tuple[int, ...]:
    """Shingles, or the words of a headline, as numbers."""
    return struct.unpack(f"<{len(packed) // 4}I", packed)


def filled_frames(packed: bytes) -> dict[int, set[int]]:
    """Frames as numbers: hash of the frame → hashes of what fills it."""
    found: dict[int, set[int]] = {}
    for pair in struct.unpack(f"<{len(packed) // 8}Q", packed):
        found.setdefault(pair >> 32, set()).add(pair & 0xFFFFFFFF)
    return found


def bands_of(signature: Signature) -> tuple[int, ...]:
    """Numbers of which texts worth a comparison share one at least: the smallest shingles, and the headline."""
    bands = hashes(signature.shingles[: 4 * BANDS])
    return (*bands, (1 << 32) + signature.headline) if signature.headline else bands
