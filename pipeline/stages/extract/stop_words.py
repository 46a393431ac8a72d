"""The stop words of all languages that jusText knows, in a twentieth of the memory of a set. The only importer of it.

trafilatura asks jusText about pages that leave little text, and gives it the words of all languages at once: 150,000,
which jusText turns into another set of as many texts.
"""

from array import array
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from itertools import accumulate
from typing import Any
from zlib import crc32

import numpy as np

PLACES = 1 << 15
"""With some five words in each, looking through one is as fast as a set."""


class WordSet:
    """Answers ``word in words``. ``parts`` is what ``word_table`` gives.

    All words stand in one text, a line each, in the order of their places. A place is told by the word's checksum, and
    begins where ``_begin`` says.
    """

    def __init__(self, parts: Mapping[str, Any]) -> None:
        # Numbers in arrays have no count of references, so looking at them copies no memory of a forked process.
        self._text: bytes = parts["text"].tobytes()
        self._begin = array("I", parts["begin"].tobytes())
        if len(self._begin) != PLACES + 1:
            raise ValueError("a table of words with another number of places")

    def __contains__(self, word: str) -> bool:
        line = word.encode("utf-8", "surrogatepass")
        place = crc32(line) % PLACES
        return self._text.find(b"\n%s\n" % line, self._begin[place], self._begin[place + 1] + 1) >= 0


def word_table(words: AbstractSet[str]) -> dict[str, Any]:
    """``text``: bytes, ``begin``: PLACES + 1 numbers. Words hold no line break."""
    lines = [word.encode() for word in words]
    places = np.fromiter(map(crc32, lines), np.uint32, len(lines)) % PLACES
    order = places.argsort()
    lines = [lines[number] for number in order.tolist()]
    ends = np.fromiter(accumulate((len(line) + 1 for line in lines), initial=0), np.uint32, len(lines) + 1)
    return {
        "text": np.frombuffer(b"\n%s\n" % b"\n".join(lines), np.uint8),
        "begin": ends[np.searchsorted(places[order], np.arange(PLACES + 1))],
    }


def all_stop_words() -> dict[str, Any]:
    """The table of those of all languages, in lower case."""
    from justext import get_stoplist, get_stoplists

    return word_table(frozenset().union(*map(get_stoplist, get_stoplists())))


def take_word_sets() -> None:
    """From now on, jusText uses a ``WordSet`` as it is: its own way makes a set of it, and lower-cases it again."""
    from justext import core

    core.define_stoplist = lambda words: words
