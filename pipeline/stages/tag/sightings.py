"""What a story mentions, for many topics at once.

Topics about the same subject find much the same phrases in a story. So a set of places is a number with a bit for each
place, headline first, and what follows from a set is worked out once, however many topics find it.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pipeline.model import Evidence
from pipeline.stages.tag.likeness import TITLE_REPEATS
from pipeline.stages.tag.mentions import Owners, PhraseBook, Spot
from pipeline.stages.tag.words import Words

# How much of a group's weight in a story comes from its headline, its opening and the rest.
TITLE, LEAD, BODY = 0.7, 0.5, 0.5
LEAD_WORDS = 60
# So many mentions are all that an opening can show; the rest needs one in so many words, and never fewer than three.
# A side remark at the end of a long story therefore counts next to nothing.
LEAD_MENTIONS, REST_MENTIONS, REST_WORDS = 2, 3, 60
# Words of the first sentence, more or less.
SENTENCE = 25
# Words in which all lines of a topic have to meet to count as told together: a paragraph. Stretches begin every half
# stretch, so that no border parts neighbours.
STRETCH = 40
HALF = STRETCH // 2
PHRASES_PER_GROUP = 3


class Group(NamedTuple):
    """How a story mentions one group."""

    titled: int
    early: int
    later: int
    """Mentions in the headline, in the first ``LEAD_WORDS`` of the text and after them."""
    in_sentence: bool
    """Is one within the first ``SENTENCE`` words of the text?"""
    words: int
    """How many words of the text its mentions count as."""
    weight: float
    """How much the story is about it, 0 to 1."""
    stretches: int
    """The stretches of the text that mention it, a bit for each."""
    shown: int
    """The places that serve as evidence: the first different phrases in each field."""


class Sightings:
    """Where ``title`` and ``text`` have phrases of the ``book``, and whose."""

    def __init__(self, title: Words, text: Words, book: PhraseBook) -> None:
        self._title, self._text = title, text
        in_title, in_text = book.spots(title), book.spots(text)
        self._titles = len(in_title)
        self._spots = [*in_title, *in_text]
        self._columns = _places(self._spots, book.columns)
        self._contested = _overlapping(in_title) | _overlapping(in_text) << self._titles
        self._early, self._sentence = (
            (1 << self._titles + sum(spot.first < words for spot in in_text)) - (1 << self._titles)
            for words in (LEAD_WORDS, SENTENCE)
        )
        self.stretches = max(1, -(-len(text) // HALF) - 1)
        """How many stretches the text has."""
        self._taken: dict[int, int] = {}
        self._groups: dict[int, Group] = {}
        self._evidence: dict[int, tuple[Evidence, ...]] = {}
        self._phrases: dict[int, Evidence] = {}

    def of(self, columns: range) -> list[int]:
        """For each of a topic's columns the places that are its mentions: none overlaps another of the topic."""
        places = self._columns[columns.start : columns.stop]
        if not self._contested:
            return places
        together = 0
        for each in places:
            together |= each
        together &= self._contested
        if together not in self._taken:
            self._taken[together] = self._overlapped(together)
        taken = self._taken[together]
        return [each & ~taken for each in places] if taken else places

    def group(self, places: int) -> Group:
        """What the mentions at ``places`` say of their group; remembered."""
        if places not in self._groups:
            self._groups[places] = self._group(places)
        return self._groups[places]

    def evidence(self, places: int) -> tuple[Evidence, ...]:
        """The phrases at ``places``, in their order; remembered."""
        if places not in self._evidence:
            self._evidence[places] = tuple(map(self._phrase, _bits(places)))
        return self._evidence[places]

    def _phrase(self, place: int) -> Evidence:
        if place not in self._phrases:
            spot, titled = self._spots[place], place < self._titles
            words = self._title if titled else self._text
            start, stop = words.spans[spot.first][0], words.spans[spot.end - 1][1]
            self._phrases[place] = Evidence(words.text[start:stop], "title" if titled else "text", start, stop)
        return self._phrases[place]

    def _overlapped(self, places: int) -> int:
        """Of the places of one topic, those whose words an earlier or a longer one takes."""
        titles = (1 << self._titles) - 1
        return self._lost(places & titles) | self._lost(places & ~titles)

    def _lost(self, places: int) -> int:
        lost, free = 0, 0
        for place in _bits(places):
            first, end, _ = self._spots[place]
            if first < free:
                lost |= 1 << place
            else:
                free = end
        return lost

    def _group(self, places: int) -> Group:
        titled, early = (places & ((1 << self._titles) - 1)).bit_count(), (places & self._early).bit_count()
        later = places.bit_count() - titled - early
        shown, stretches = self._shown_and_stretches(places)
        return Group(
            titled,
            early,
            later,
            places & self._sentence != 0,
            TITLE_REPEATS * titled + early + later,
            _weight(titled, early, later, len(self._text)),
            (stretches | stretches >> 1) & ((1 << self.stretches) - 1),
            shown,
        )

    def _shown_and_stretches(self, places: int) -> tuple[int, int]:
        """``Group.shown``, and the half stretches that hold a mention."""
        shown, halves = 0, 0
        seen: tuple[set[tuple[str, ...]], set[tuple[str, ...]]] = (set(), set())
        for place in _bits(places):
            first, end, _ = self._spots[place]
            titled = place < self._titles
            if not titled:
                halves |= 1 << first // HALF
            phrases = seen[titled]
            if len(phrases) < PHRASES_PER_GROUP:
                forms = tuple((self._title if titled else self._text).forms[first:end])
                if forms not in phrases:
                    phrases.add(forms)
                    shown |= 1 << place
        return shown, halves


def _weight(titled: int, early: int, later: int, words: int) -> float:
    """Headline, opening and rest each give their part, joined as independent chances are: more never counts less."""
    enough = max(REST_MENTIONS, (words - LEAD_WORDS) / REST_WORDS)
    return 1 - (1 - TITLE * (titled > 0)) * (1 - LEAD * min(1.0, early / LEAD_MENTIONS)) * (
        1 - BODY * min(1.0, later / enough)
    )


def _places(spots: Sequence[Spot], columns: int) -> list[int]:
    """For each column the places that have a phrase of it."""
    phrases: dict[Owners, int] = {}
    for place, spot in enumerate(spots):
        phrases[spot.owners] = phrases.get(spot.owners, 0) | 1 << place
    found = [0] * columns
    for owners, places in phrases.items():
        for column in owners.columns:
            found[column] |= places
    return found


def _overlapping(spots: Sequence[Spot]) -> int:
    """Places that share a word with another place."""
    found, reach, last = 0, 0, 0
    for place, spot in enumerate(spots):
        if spot.first < reach:
            found |= 1 << place | 1 << last
        if spot.end > reach:
            reach, last = spot.end, place
    return found


def _bits(places: int) -> Iterator[int]:
    while places:
        lowest = places & -places
        yield lowest.bit_length() - 1
        places ^= lowest
