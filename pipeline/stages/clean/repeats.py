"""Lines that return word for word on several stories of one site: boilerplate that no rule names.

What counts is how usual a line is: on how many of the site's stories it stood since it was first seen. A short line at
the edge of a story goes as soon as two others had it; a whole sentence must be usual, and a long paragraph, which may
be the background that an agency adds to all its stories on one war, must speak to its reader or stand on nearly all of
many stories. What stands between paragraphs and looks like a crosshead stays in doubt.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from pipeline.model import Removal
from pipeline.stages.clean.blocks import CROSSHEAD_WORDS, SENTENCE_END, SIGN_OFF, Block, is_prose
from pipeline.stages.clean.folded import fold
from pipeline.stages.clean.matcher import any_of

SITE_REPEAT = "site-repeat"
"""The id under which such lines are removed."""
LONG_SENTENCE = 140
"""Characters. A longer paragraph is more likely the story's background than a notice."""
MOST_TRAITS = 300
"""Lines of one story that are looked at."""
_TWO_WORDS = re.compile(r"[^\W\d_]{2}.*?[\W\d_][^\W\d_]{2}", re.DOTALL)
_QUOTED = re.compile(r"[\"“”«»„]")
_PLEA = (
    r"\b(?:us|our|ours|we|you|your|yours|newsletters?|subscribe(?:rs?)?|subscription|sign up|cookies?|click|donat\w+|"
    r"readers?|this (?:article|story|site|website|page|report)|all rights|"
    r"wir|uns|unsere?[nrms]?|sie|ihre?[nrms]?|abonnieren|nous|notre|nos|vous|votre|vos|abonnez)\b"
    r"|اشترك|موقعنا|بريدك|تابعونا|لكم|שלכם|שלנו|אתכם|הירשמו|אצלנו"
)
_PLEADING = re.compile(_PLEA, re.IGNORECASE)


class Shape(IntEnum):
    """What a line looks like. An ``OPEN`` line ends in a colon, is a single word or a sign-off: it is never counted."""

    OPEN = 0
    PHRASE = 1
    SENTENCE = 2
    PARAGRAPH = 3


class Use(IntEnum):
    """How usual a line is on its site."""

    RETURNING = 1
    USUAL = 2
    CONSTANT = 3


class Trait(NamedTuple):
    """All that has to be known of a line to count it, and to tell later whether it goes."""

    key: int
    shape: int
    words: int
    prose: bool
    plea: bool
    linked: bool


@dataclass(frozen=True)
class Familiar:
    """What is known of a site's lines at one moment: how usual each is, by its key."""

    uses: Mapping[int, int] = field(default_factory=dict)

    @property
    def id(self) -> str | None:
        """32 hex digits that stand for exactly this knowledge; ``None`` where nothing is known."""
        if not self.uses:
            return None
        return hashlib.sha256(repr(sorted(self.uses.items())).encode()).hexdigest()[:32]


NOTHING_FAMILIAR = Familiar()


def site_of(url: str) -> str:
    """The site whose pages share their furniture: the host without "www."; "" where there is none."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")[:255]


def traits_of(blocks: Iterable[Block]) -> tuple[Trait, ...]:
    """One trait a line, in order, for the first ``MOST_TRAITS``."""
    return tuple(_trait(block) for block, _ in zip(blocks, range(MOST_TRAITS), strict=False))


def without_repeats(
    blocks: Sequence[Block], traits: Sequence[Trait], familiar: Familiar
) -> tuple[tuple[Block, ...], tuple[Removal, ...]]:
    """The lines that stay, and those that go because the site puts them below everything."""
    gone = repeats(traits, familiar)
    kept = tuple(block for number, block in enumerate(blocks) if number not in gone)
    return kept, tuple(Removal(blocks[number].text, SITE_REPEAT) for number in sorted(gone))


def repeats(traits: Sequence[Trait], familiar: Familiar) -> frozenset[int]:
    """The places of the lines that go. None go from a copy of an earlier story, whose every line is known."""
    if not familiar.uses:
        return frozenset()
    uses = [familiar.uses.get(trait.key, 0) if trait.shape else 0 for trait in traits]
    own = [number for number, trait in enumerate(traits) if trait.prose and not uses[number]]
    if 2 * len(own) < sum(trait.prose for trait in traits) or not own:
        return frozenset()
    return frozenset(
        number
        for number, trait in enumerate(traits)
        if uses[number] and _goes(trait, uses[number], inside=own[0] < number < own[-1])
    )


def _goes(trait: Trait, use: int, *, inside: bool) -> bool:
    if use == Use.CONSTANT:
        return True
    if trait.shape == Shape.PHRASE:
        return not inside or trait.linked or trait.words > CROSSHEAD_WORDS
    return trait.plea or (trait.shape == Shape.SENTENCE and not inside and use >= Use.USUAL)


def _trait(block: Block) -> Trait:
    line = block.text
    return Trait(
        key=line_key(line),
        shape=_shape(line),
        words=len(line.split()),
        prose=is_prose(line),
        plea=_pleads(line) and _QUOTED.search(line) is None,
        linked=block.is_link,
    )


def _pleads(line: str) -> bool:
    """RE2 tells ten times faster where nothing pleads. It takes letters beyond ASCII for ends of words, so it may see a
    plea too many, and none too few."""
    return bool(_perhaps_pleading().Match(line)) and _PLEADING.search(line) is not None


@cache
def _perhaps_pleading() -> Any:
    return any_of([_PLEA.replace(r"\w+", r"\w*")])


def line_key(line: str) -> int:
    """A number of 63 bits that stands for the line, case aside."""
    digest = hashlib.blake2b(fold(line).casefold().encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def _shape(line: str) -> Shape:
    if line.rstrip().endswith(":") or SIGN_OFF.match(line) or _TWO_WORDS.search(line[:200]) is None:
        return Shape.OPEN
    if SENTENCE_END.search(line[-12:]) is None:
        # Capitals between paragraphs: a crosshead or the place of a dateline.
        return Shape.OPEN if line.isupper() else Shape.PHRASE
    return Shape.PARAGRAPH if len(line) > LONG_SENTENCE else Shape.SENTENCE
