"""The learnt part of extraction: how likely each line of a page is to be of its story.

A page's lines are judged by small decision trees (each asks the same few questions on every path, so that all lines go
through all trees in a few array operations), and names of elements by weights of their words. Both are learnt by
``bench/quality/train_extract.py`` and lie beside this file.
"""

import io
import pkgutil
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

FILE = "story.npz"
AT_ONCE = 1000
"""Rows that are judged together, which bounds the memory of a page with very many lines."""


@dataclass(frozen=True, slots=True)
class StoryModel:
    """``words``: what a word in a name speaks for, near and far (``names``). ``traits``: the columns it was taught.

    Tree ``t`` asks, as its question ``q``, whether trait ``trait[t, q]`` is above ``border[t, q]``; the answers are the
    bits of the number of a leaf, question 0 being the lowest; there are eight at most.
    """

    words: dict[str, tuple[float, float]]
    traits: tuple[str, ...]
    trait: NDArray[np.int16]
    border: NDArray[np.float32]
    leaf: NDArray[np.floating[Any]]
    bias: float

    def chances(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """0 … 1 for each row; columns as in ``traits``."""
        parts = [self._totals(rows[start : start + AT_ONCE]) for start in range(0, len(rows), AT_ONCE)]
        result: NDArray[np.float64] = 1 / (1 + np.exp(-np.concatenate(parts)))
        return result

    def _totals(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        trees, questions = self.trait.shape
        leaves = np.zeros((trees, len(rows)), dtype=np.uint8)
        for question in reversed(range(questions)):
            # A row a tree, its answers for all lines side by side.
            leaves += leaves
            leaves += rows.T.take(self.trait[:, question], axis=0) > self.border[:, question, np.newaxis]
        first = np.arange(0, self.leaf.size, self.leaf.shape[1])
        found = self.leaf.ravel().take(first[:, np.newaxis] + leaves)
        result: NDArray[np.float64] = found.sum(axis=0, dtype=np.float64) + self.bias
        return result


@cache
def shipped() -> StoryModel:
    """The model that ships with the package."""
    data = pkgutil.get_data(__package__, FILE)
    if data is None:
        raise FileNotFoundError(FILE)
    return read_model(data)


def read_model(data: bytes) -> StoryModel:
    """The model in the bytes of a file that ``numpy.savez`` wrote (no pickled objects)."""
    with np.load(io.BytesIO(data), allow_pickle=False) as held:
        weights = zip(held["near"].tolist(), held["far"].tolist(), strict=True)
        return StoryModel(
            words=dict(zip(str(held["words"]).split(), weights, strict=True)),
            traits=tuple(str(held["traits"]).split("\n")),
            trait=held["trait"],
            border=held["border"],
            leaf=held["leaf"].astype(np.float64),  # else each page's sums would cast it
            bias=float(held["bias"]),
        )
