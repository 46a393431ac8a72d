"""Lines of a story and what their shape tells: prose, or something like a headline."""

import re
from dataclasses import dataclass

SENTENCE_END = re.compile(r"[.!?…。؟۔।:](?:[\"'”’»)\]]|\s)*$")
PROSE_LENGTH = 60
WRAPPED_LENGTH = 50
"""A line broken by its source, not by its sense, is at least this long."""
_OPEN_END = re.compile(
    r"(?:[,–—-]|\b(?:the|of|a|an|by|and|or|in|to|for|with|from|on|at|as|that|is|are|was|were|has|have|our|its|his|her|their))$"
)
HEADLINE_WORDS = range(3, 26)
HEADLINE_LENGTH = 180
_INNER_END = re.compile(r"\w{3}[.!?…][\"'”’»)]*\s+[\"'“‘«(]*[A-ZÀ-ÞА-ЯΑ-Ω]")
"""A sentence that ends within the line: three letters, because "Lt. Smith" and "U.S. Army" are no ends."""
TEASER_WORDS = 4
TEASER_LENGTH = 120
CROSSHEAD_WORDS = 5
_ITEM = re.compile(r"\W*\d+[.)]\s|[•·▪*–—-]\s")
_NO_TEASER = re.compile(r"[•{}=]|::|//|\.(?:com|org)/|^[(\[].*[)\]]$")
"""Signs of lists, of code and of addresses, and an aside in brackets."""
_OWN_HEADLINE = re.compile(r"[^:|»]{3,60}[:|»]\s*(?:\S+\s+){2}\S")
SIGN_OFF = re.compile(
    r"[(\[]?(?:additional |with )?(?:reporting|writing|editing|edited|written|compiled|translated)\b.{0,60}\bby ",
    re.IGNORECASE,
)

_SAID = r"(?:said|told \w+|added|warned|asked|ordered)"
_ATTRIBUTED = re.compile(
    rf"[,?!][\"'”’]?\s(?:(?:[^,.;:!?]{{1,40}}\s)?{_SAID}(?:\s(?:on|late|early|in|to|at|after|during)(?:\s\w+){{1,3}})?"
    rf"|{_SAID}(?:\s[\w'’.-]+){{1,5}})\.$"
)


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
    """A few words without a full stop. Crossheads in capitals and an agency's sign-off belong to the story."""
    if len(line) > HEADLINE_LENGTH or line.isupper() or len(line.split()) not in HEADLINE_WORDS or SIGN_OFF.match(line):
        return False
    if _INNER_END.search(line):
        return False
    return not line.rstrip("\"'”’») ").endswith((".", ":", ";", ",", "…", "。", "۔"))


def is_teaser(line: str) -> bool:
    """Reads like the headline of another story: longer than a crosshead, and no item of a list."""
    if len(line) > TEASER_LENGTH or len(line.split()) < TEASER_WORDS or line[0].islower():
        return False
    return is_headline(line) and _ITEM.match(line) is None and _NO_TEASER.search(line) is None


def has_own_headline(line: str) -> bool:
    """Does a pointer name its story itself: "Next up: Quay workers vote to end walkout"?"""
    return _OWN_HEADLINE.match(line) is not None


def is_attributed(line: str) -> bool:
    """Does the last sentence tell who said it: "Follow the pilot, the captain said."?

    Nothing but a story does, or the headline of one behind a label. In headlines people "say".
    """
    return line.endswith(".") and not has_own_headline(line) and _ATTRIBUTED.search(line) is not None


def is_title_case(line: str) -> bool:
    """Are the words capitalised, as some outlets do in headlines?"""
    words = [word for word in line.split()[1:] if len(word) > 3 and word[0].isalpha()]
    return bool(words) and sum(word[0].isupper() for word in words) >= 0.7 * len(words)


def continues(line: str, before: str) -> bool:
    """Is ``line`` the rest of a sentence that a hard line break parted from ``before``?"""
    if len(before) < WRAPPED_LENGTH or SENTENCE_END.search(before[-12:]):
        return False
    return line[:1].islower() or _OPEN_END.search(before[-12:]) is not None
