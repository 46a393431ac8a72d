"""What a line's own words tell: length, punctuation, likeness to what the page says about its story."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

SHORT = 250
"""Characters. A longer line is looked at for its length and its ending only."""
MAX_BODY = 100_000
"""Characters of the text in the JSON-LD that are compared."""
ENDS, CLOSING = ".!?…。؟۔।", "\"'”’»)]"
_WORD = re.compile(r"\w+")
_ODD = re.compile(r"[|»@/›·•]")
_QUOTES = re.compile(r"[\"“„«]")
_LOUD = re.compile(r"[?!]")
_SENTENCE = re.compile(r"[.!?]")

LINE_TRAITS = (
    "characters", "words", "word length", "sentences", "ending", "beginning", "like the title", "capitals", "odd signs",
    "in description", "in linked body", "copies", "quotes", "loud", "colons",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hints:
    """What a page says about its story: headline, description, and the text in its JSON-LD; each may be empty.

    ``headings``: wordings under which the headline may stand in the page.
    """

    title: str = ""
    description: str = ""
    body: str = ""
    headings: tuple[str, ...] = ()


def line_traits(texts: Sequence[str], hints: Hints) -> list[tuple[float, ...]]:
    """A row for each line, its columns as in ``LINE_TRAITS``."""
    title = set(_WORD.findall(hints.title.casefold()))
    description = " ".join(hints.description.split())[:60].casefold()
    body = "".join(hints.body[:MAX_BODY].split())
    copies = Counter(texts)
    return [(*_shape(text), *_wording(text, title, description, body), copies[text], *_signs(text)) for text in texts]


def _shape(text: str) -> Iterator[float]:
    length, words = len(text), text.count(" ") + 1
    yield length
    yield words
    yield length / words
    yield len(_SENTENCE.findall(text)) if length > 20 else 0
    last = text[-3:].rstrip(CLOSING)[-1:]
    yield (2 if last in ENDS else 1 if last in ":;,…" else 0) if last else 0
    first = text[0]
    yield 1 if first.islower() else 2 if first.isupper() else 3 if first.isdigit() else 0


def _wording(text: str, title: set[str], description: str, body: str) -> Iterator[float]:
    if len(text) <= SHORT:
        words = _WORD.findall(text.casefold())
        yield sum(word in title for word in words) / max(1, len(words), len(title))
        parts = text.split()
        yield sum(part[0].isupper() for part in parts) / len(parts)
        yield len(_ODD.findall(text)) + 3 * text.count("©")
    else:
        yield from (0, -1, 0)
    yield bool(description) and (
        (len(text) > 20 and text[:50].casefold() in description) or description in text[:400].casefold()
    )
    yield (1 if "".join(text[:80].split()) in body else -1) if body else 0


def _signs(text: str) -> Iterator[float]:
    beginning = text[:SHORT]
    yield len(_QUOTES.findall(beginning))
    yield len(_LOUD.findall(beginning))
    yield beginning.count(":")


def bare(text: str) -> str:
    """Letters and digits only, case aside."""
    return "".join(_WORD.findall(text.casefold()))
