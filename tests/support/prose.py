"""Invented prose of any length that repeats nobody's words, and what outlets do to it when they reprint it."""

import random

_SYLLABLES = (
    "ba", "cor", "del", "fen", "gar", "hol", "im", "jun", "kes", "lor", "mar", "nel", "or", "pin", "qua", "ros", "sal",
    "tir", "ul", "ven", "wex", "yar", "zim",
)  # fmt: skip
_VERBS = (
    "crossed", "guarded", "inspected", "rebuilt", "visited", "left", "counted", "photographed", "reopened", "described",
    "closed", "measured", "sold", "repaired", "warned", "followed", "promised", "replaced", "circled", "remembered",
)  # fmt: skip
_WHEN = ("before dawn", "at dusk", "for weeks", "again", "by boat", "in silence")


def sentences(seed: int, count: int) -> list[str]:
    """So many sentences of ten to thirteen words; another seed gives others."""
    dice = random.Random(seed)

    def noun() -> str:
        return "".join(dice.choices(_SYLLABLES, k=3))

    return [
        f"The {noun()} {dice.choice(_VERBS)} the {noun()} {dice.choice(_WHEN)} while "
        f"{noun()}s {dice.choice(_VERBS)} a {noun()}."
        for _ in range(count)
    ]


def prose(seed: int, count: int = 20) -> str:
    """Paragraphs of two sentences each, ``count`` sentences in all."""
    parts = sentences(seed, count)
    return "\n".join(" ".join(parts[start : start + 2]) for start in range(0, count, 2))


def cut(text: str, share: float) -> str:
    """The first paragraphs, as an outlet does that has less room."""
    lines = text.split("\n")
    return "\n".join(lines[: max(1, round(len(lines) * share))])


def without_words(text: str, every: int) -> str:
    """Every so many words, one is gone."""
    return " ".join(word for number, word in enumerate(text.split(), start=1) if number % every)
