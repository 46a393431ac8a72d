"""The language of a page: what it states if its letters agree, else what its words show."""

import re

from pipeline.stages.extract.head import Head
from pipeline.stages.extract.linked_data import LinkedArticle

SAMPLE = 1000
"""Characters of the text that are looked at."""
LEAST = 20
"""A shorter text shows nothing."""
LATIN_BEFORE = "\u0250"
_CODE = re.compile(r"([a-z]{2,3})(?:[-_].*)?", re.IGNORECASE)
# Languages whose letters are not Latin ones; all others should be written in Latin letters.
_OTHER_LETTERS = frozenset(
    {
        "ar", "fa", "ur", "ps", "ckb", "ug", "sd", "he", "yi", "ru", "uk", "be", "bg", "sr", "mk", "kk", "ky",
        "mn", "tg", "el", "hy", "ka", "zh", "ja", "ko", "hi", "mr", "ne", "bn", "as", "pa", "gu", "or", "ta", "te",
        "kn", "ml", "si", "th", "lo", "my", "km", "am", "ti", "dv", "bo",
    }
)  # fmt: skip
_EITHER = frozenset({"sr", "uz", "az", "kk", "ku"})


def language_of(text: str, head: Head, article: LinkedArticle) -> str | None:
    """ISO 639 code, lower case, without a region; ``None`` when nothing tells."""
    named = (head.language, head.first("content-language", "og:locale", "dc.language"), article.language)
    stated = next((code for name in named if (code := _code(name))), None)
    if stated and (len(text) < LEAST or _agrees(stated, text[:SAMPLE])):
        return stated
    return identified(text)


def identified(text: str) -> str | None:
    """The language that the words show; ``None`` for less than a sentence."""
    if len(text) < LEAST:
        return None
    import py3langid

    return str(py3langid.classify(text[:SAMPLE])[0])


def _code(stated: str) -> str | None:
    found = _CODE.fullmatch(stated.strip()[:40])
    return found[1].lower() if found else None


def _agrees(code: str, sample: str) -> bool:
    """Does the language use the letters of the text? Pages of all countries keep the ``lang="en"`` of their theme."""
    others = sum([letter.isalpha() for letter in sample if letter >= LATIN_BEFORE])
    if not others:
        return code not in _OTHER_LETTERS or code in _EITHER or not any(map(str.isalpha, sample))
    latin = sum([letter.isalpha() for letter in sample if letter < LATIN_BEFORE])
    return code in _EITHER or (latin < others) == (code in _OTHER_LETTERS)
