"""The stop words of all languages that jusText knows, in a twentieth of the memory of a set. The only importer of it.

trafilatura asks jusText about pages that leave little text, and gives it the words of all languages at once: 150,000,
which jusText turns into another set of as many texts.
"""

from array import array
from collections.abc import Set as AbstractSet
from itertools import accumulate
from zlib import crc32

import numpy as np

PLACES = 1 << 15
"""With some five words in each, looking through one is as fast as a set."""


class WordSet:
    """Answers ``word in words``; words hold no line break.

    All words stand in one text, a line each, in the order of their places. A place is told by the word's checksum, and
    begins where ``_begin`` says.
    """

    def __init__(self, words: AbstractSet[str]) -> None:
        lines = [word.encode() for word in words]
        places = np.fromiter(map(crc32, lines), np.uint32, len(lines)) % PLACES
        order = places.argsort()
        lines = [lines[number] for number in order.tolist()]
        ends = np.fromiter(accumulate((len(line) + 1 for line in lines), initial=0), np.uint32, len(lines) + 1)
        self._text = b"\n%s\n" % b"\n".join(lines)
        self._begin = array("I", ends[np.searchsorted(places[order], np.arange(PLACES + 1))].tobytes())

    def __contains__(self, word: str) -> bool:
        line = word.encode("utf-8", "surrogatepass")
        place = crc32(line) % PLACES
        return self._text.find(b"\n%s\n" % line, self._begin[place], self._begin[place + 1] + 1) >= 0


def all_stop_words() -> WordSet:
    """Of all languages, in lower case. jusText takes them as they are from now on."""
    from justext import core, get_stoplist, get_stoplists

    core.define_stoplist = lambda words: words  # its own makes a set of what is one, and lower-cases it again
    return WordSet(frozenset().union(*map(get_stoplist, get_stoplists())))
