"""Lines of a story and what their shape tells: prose, or something like a headline."""

import re
from dataclasses import dataclass

SENTENCE_END = re.compile(r"[.!?…。؟۔।:](?:[\"'”’»)\]]|\s)*$")
PROSE_LENGTH = 60
HEADLINE_WORDS = range(3, 26)
HEADLINE_LENGTH = 180


@dataclass(frozen=True, slots=True)
class Block:
    """One line. ``linked`` is the share (0 … 1) of it that is link text; None where links are unknown (plain text)."""

    text: str
    linked: float | None = None

    @property
    def is_link(self) -> bool:
        """Is the line nothing but a link?"""
        return self.linked is not None and self.linked > 0.9


def is_prose(line: str) -> bool:
    """Long enough for a sentence, and ended like one."""
    return len(line) >= PROSE_LENGTH and SENTENCE_END.search(line[-12:]) is not None


def is_headline(line: str) -> bool:
    """A few words without a full stop. Lines in capitals are crossheads of the story, so they do not count."""
    if len(line) > HEADLINE_LENGTH or line.isupper() or len(line.split()) not in HEADLINE_WORDS:
        return False
    return not line.rstrip("\"'”’») ").endswith((".", ":", ";", ",", "…", "。", "۔"))
