"""The model that tells languages, in a tenth of its memory and with the same answers.

py3langid has one table with a row of 256 moves for each of its hundred thousand states, and one with a score for each
n-gram in each language: 67 MB, of which the texts of a round touch the half. The states are those of an automaton that
looks for n-grams (Aho and Corasick, 1975), so the moves follow from the letters that n-grams are made of; and four
scores of five are the usual one of their language. Working that out takes a second of CPU, so what comes out is kept
for the next round.
"""

from array import array
from collections import Counter
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from py3langid import langid

from pipeline.adapters.array_file import kept_arrays

FOLDER = "language-model"
NONE = -1
"""In place of an n-gram's number: the state is the end of none."""


def install_language_model(cache: Path) -> None:
    """Have ``py3langid`` use the small model in this process and in those forked from it.

    It lies below the folder ``cache``; where that cannot be written, each call works it out again.
    Raises ``ValueError`` where the model of the package is not built as this file takes it to be.
    """
    packed = langid.MODEL_DIR / langid.MODEL_FILE
    kept = cache / FOLDER / f"{sha256(packed.read_bytes()).hexdigest()[:16]}.npz"
    langid.IDENTIFIER = kept_arrays(
        kept, _SmallModel, lambda: _worked_out(langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE))
    )


class _SmallModel(langid.LanguageIdentifier):  # type: ignore[misc]
    """py3langid's own, but for how n-grams are counted and where scores lie."""

    __slots__ = ("_grams",)

    def __init__(self, parts: Mapping[str, Any]) -> None:
        super().__init__(_Scores(parts), parts["priors"], parts["classes"].tolist(), (), (), tk_row=())
        self._grams = _Grams(parts)

    def _raw_score(self, text: bytes) -> Any:
        found = self._grams.counted(text)
        return self._sparse_score(found, self.nb_ptc) if found else super()._raw_score(b"")


class _Grams:
    """The automaton. A state is a beginning of n-grams; state 0 is the empty one.

    ``letters``: the last letter of each state. Those that are one letter longer than a state follow each other, from
    ``first[state]`` up to ``first[state + 1]``. ``shorter``: its longest end that is a state, too. ``ends``: the number
    of the n-gram that is found there.
    """

    def __init__(self, parts: Mapping[str, Any]) -> None:
        # Numbers in arrays have no count of references, so looking at them copies no memory of a forked process.
        self._letters = parts["letters"].tobytes()
        self._first, self._shorter, self._ends = (
            array(parts[name].dtype.char, parts[name].tobytes()) for name in ("first", "shorter", "ends")
        )

    def counted(self, text: bytes) -> Counter[int]:
        """How often each n-gram is found in the text, in order of first appearance."""
        find, first, shorter, ends = self._letters.find, self._first, self._shorter, self._ends
        found: list[int] = []
        state = 0
        for letter in text:
            longer = find(letter, first[state], first[state + 1])
            while longer < 0 and state:
                state = shorter[state]
                longer = find(letter, first[state], first[state + 1])
            state = max(longer, 0)
            if (gram := ends[state]) != NONE:
                found.append(gram)
        return Counter(found)


class _Scores:
    """A table with a row of scores for each n-gram, of which only what is not ``usual`` for a language is kept."""

    def __init__(self, parts: Mapping[str, Any]) -> None:
        self._usual, self._begin, self._columns, self._values = (
            parts[name] for name in ("usual", "begin", "columns", "values")
        )

    def __getitem__(self, grams: Any) -> Any:
        """The rows of these n-grams: an array of numbers in, one of shape (n-grams, languages) out."""
        begin = self._begin[grams]
        lengths = self._begin[grams + 1] - begin
        before = np.cumsum(lengths) - lengths
        places = np.arange(lengths.sum()) + np.repeat(begin - before, lengths)
        rows = np.tile(self._usual, (len(grams), 1))
        rows[np.repeat(np.arange(len(grams)), lengths), self._columns[places]] = self._values[places]
        return rows


def _worked_out(model: Any) -> dict[str, Any]:
    """The parts of the small model."""
    priors, classes = model.nb_pc, np.asarray(model.nb_classes)
    return {"priors": priors, "classes": classes} | _grams_of(model) | _scores_of(np.asarray(model.nb_ptc))


def _grams_of(model: Any) -> dict[str, Any]:
    """States in order of their length; ``ValueError`` where moves are not those of such an automaton.

    From a state one moves as from its longest end that is a state too, but for the letters that make it longer.
    """
    moves, row = np.asarray(model.tk_nextmove).reshape(-1, 256), model.tk_row
    states, letters, first = [0], bytearray(1), []
    shorter = {0: 0}
    for state in states:  # which grows meanwhile
        there = moves[row[state]]
        else_there = moves[row[shorter[state]]] if state else np.zeros_like(there)
        first.append(len(states))
        for letter in np.flatnonzero(there != else_there).tolist():
            longer = int(there[letter])
            if longer in shorter:
                raise ValueError("the language model's states are not those of an automaton of n-grams")
            shorter[longer] = int(else_there[letter])
            states.append(longer)
            letters.append(letter)
    number = {state: place for place, state in enumerate(states)}
    return {
        "letters": np.frombuffer(bytes(letters), np.uint8),
        "first": np.array([*first, len(states)], np.uint32),
        "shorter": np.array([number[shorter[state]] for state in states], np.uint32),
        "ends": np.asarray(model.tk_output, np.int32)[states],
    }


def _scores_of(table: Any) -> dict[str, Any]:
    """``begin[n]`` to ``begin[n + 1]``: the places of n-gram n in ``columns`` and ``values``."""
    bits = table.view(np.uint16)  # halves are slow to compare
    usual = np.array([np.bincount(column).argmax() for column in bits.T], np.uint16)
    unusual = bits != usual
    return {
        "usual": usual.view(table.dtype),
        "begin": np.concatenate([[0], np.cumsum(unusual.sum(axis=1))]),
        "columns": np.nonzero(unusual)[1].astype(np.min_scalar_type(table.shape[1])),
        "values": table[unusual],
    }
