"""Which lines of a page are story, from the gold: what the extractor is taught with."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bench.quality.sets import GoldPage

FEW = 6
"""Words. A shorter line counts only where it stands in the gold as a line of its own, or as three words in a row."""
TAUGHT, MARKED = 0.3, 1.5
"""Weights where gold is pieces only: of a line judged as another extractor does, and of one that a piece decides."""
LONG = 25
_WORD = re.compile(r"\w+")

Labels = tuple[NDArray[np.float64], NDArray[np.float64]]


def labels(texts: Sequence[str], page: GoldPage, other: str) -> Labels:
    """1 (story) or 0 for each line, and its weight; ``other`` is another extractor's text of the page."""
    return _by_text(texts, page.text) if page.text is not None else _by_pieces(texts, page, other)


def _by_text(texts: Sequence[str], gold: str) -> Labels:
    shares = _shares(texts, gold)
    return (shares > 0.5).astype(float), np.where((shares > 0.3) & (shares < 0.8), 0.5, 1.0)


def _shares(texts: Sequence[str], gold: str) -> NDArray[np.float64]:
    """The share of each line's words that a longest common subsequence of page and gold holds."""
    from rapidfuzz.distance import LCSseq

    lines = [_WORD.findall(line) for line in gold.splitlines()]
    wanted = [word for line in lines for word in line]
    tokens = [_WORD.findall(text) for text in texts]
    flat = [word for line in tokens for word in line]
    hit = np.zeros(len(flat) + 1)
    for step in LCSseq.opcodes(flat, wanted):
        if step.tag == "equal":
            hit[step.src_start + 1 : step.src_end + 1] = 1
    so_far, own, whole = np.cumsum(hit), {" ".join(line) for line in lines}, f" {' '.join(wanted)} "
    ends = np.cumsum([len(line) for line in tokens])
    return np.array(
        [
            (so_far[end] - so_far[end - len(line)]) / len(line) if line and _counts(line, own, whole) else 0.0
            for line, end in zip(tokens, ends, strict=True)
        ]
    )


def _counts(line: list[str], own: set[str], whole: str) -> bool:
    text = " ".join(line)
    return len(line) >= FEW or text in own or (len(line) >= 3 and f" {text} " in whole)


def _by_pieces(texts: Sequence[str], page: GoldPage, other: str) -> Labels:
    judged = f" {_flat(other)} "
    wanted, unwanted = ([flat for piece in pieces if (flat := _flat(piece))] for pieces in (page.wanted, page.unwanted))
    rows = [_by_piece(line, judged, wanted, unwanted) for line in map(_flat, texts)]
    return np.array([label for label, _ in rows]), np.array([weight for _, weight in rows])


def _by_piece(line: str, judged: str, wanted: list[str], unwanted: list[str]) -> tuple[float, float]:
    if not line:
        return 0.0, 0.0
    for pieces, label in ((wanted, 1.0), (unwanted, 0.0)):
        if any(piece in line or (len(line) > LONG and line in piece) for piece in pieces):
            return label, MARKED
    return float(f" {line} " in judged), TAUGHT


def _flat(text: str) -> str:
    return " ".join(_WORD.findall(text))
