"""What a story shows of a topic, as numbers from 0 to 1 that mean the same for every topic."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from math import sqrt
from typing import NamedTuple

from pipeline.stages.tag.likeness import likeness
from pipeline.stages.tag.rules import Levels, Rules, best, set_of
from pipeline.stages.tag.sightings import Group
from pipeline.stages.tag.told import Told

# What is left of lines that never meet.
APART = 0.25
# A text with one mention of the subject in so many words is full of it; the least that a text may have.
DENSE, FEWEST = 12, 20
# Half a mention of something else in every text, and in each such part of a longer one, so that a single mention does
# not rule a story alone.
DOUBT = 0.5
# Words of a text that is short, and from which on it is long.
SHORT, LONG = 60, 200


@dataclass(frozen=True, slots=True)
class Signals:
    """The numbers that decide, each from 0 to 1.

    "Met" is how well the groups there meet every line of the topic (geometric mean), "against" how much what is there
    speaks against it (weights joined as independent chances are), "share" how much of both the subject has, as far as
    all lines are met: places and parties alone, as in stories about a country's own affairs, are no sign of the topic.
    """

    subject: float
    """How much the story is about what sets the topic apart: headline, opening and rest each give their part."""
    met: float
    """The same for all lines."""
    opening_met: float
    """Headline and first paragraph."""
    stretches_met: float
    """Mean over all stretches of a paragraph's length: high where the topic is told all through."""
    stretches_clear: float
    """The same, where nothing weighty in the stretch speaks against the topic."""
    likeness: float
    """To the most similar reference story."""
    against: float
    share: float
    title_share: float
    lead_share: float
    title_subject: float
    title_met: float
    title_against: float
    sentence_met: float
    """Within the first ``SENTENCE`` words of the text."""
    sentence_against: float
    subject_first: float
    """Is the subject mentioned before anything that speaks against the topic? As far as all lines are met."""
    density: float
    """Mentions of the subject in proportion to the words (square root), as far as all lines are met."""
    weakest: float
    """The least of ``share``, ``density``, ``stretches_met`` and ``likeness``: a long story of something else may have
    much of some of them, one about the topic has enough of each."""

    long: float
    """0 for a text of a paragraph, 1 from a few paragraphs on. It weighs nothing itself, but says how much each of the
    other numbers does: headline and opening tell most of a short text and little of a long one."""

    @property
    def together(self) -> float:
        """``met``, the more the nearer the lines stand to each other."""
        return self.met * (APART + (1 - APART) * (self.opening_met + self.stretches_met) / 2)


SIGNAL_NAMES = tuple(signal.name for signal in fields(Signals) if signal.name != "long")
"""What a trained model may weigh."""


def signals(rules: Rules, story: Told, places: Sequence[int]) -> Signals:
    """``places``: for each of the topic's groups those that mention it."""
    look, words = story.sightings.group, len(story.text)
    groups = {group: look(where) for group, where in enumerate(places) if where}
    weight = {group: seen.weight for group, seen in groups.items()}
    title_set = set_of([group for group, seen in groups.items() if seen.titled])
    sentence_set = set_of([group for group, seen in groups.items() if seen.in_sentence])
    own_title, own_early, own_later = _amounts(rules.subject, groups)
    other_title, other_early, other_later = _amounts(rules.against, groups)
    told = _told(rules, groups, story.sightings.stretches)
    met = rules.all_lines(weight)
    doubt = DOUBT * max(1.0, words / SHORT)
    share = _share(2 * own_title + own_early + own_later, 2 * other_title + other_early + other_later, doubt) * met
    density = _density(own_title + own_early + own_later, len(story.title) + words) * met
    alike = likeness(story.telling, {group: seen.words for group, seen in groups.items()}, rules.examples)
    return Signals(
        subject=best(rules.lines[0], weight),
        met=met,
        opening_met=told.opening,
        stretches_met=told.met,
        stretches_clear=told.clear,
        likeness=alike,
        against=rules.all_against(weight),
        share=share,
        title_share=_share(own_title, other_title, 0.0) * met,
        lead_share=_share(own_early, other_early, DOUBT) * met,
        title_subject=max([share for group, share in rules.subject.items() if title_set >> group & 1], default=0.0),
        title_met=rules.met(title_set),
        title_against=rules.set_against(title_set),
        sentence_met=rules.met(sentence_set),
        sentence_against=rules.set_against(sentence_set),
        subject_first=_subject_first(rules, places) * met,
        density=density,
        weakest=min(share, density, told.met, alike),
        long=min(1.0, max(0, words - SHORT) / (LONG - SHORT)),
    )


def _amounts(shares: Mapping[int, float], groups: Mapping[int, Group]) -> tuple[float, float, float]:
    """Mentions in headline, opening and rest, each counting as much as its group does."""
    seen = [(share, groups[group]) for group, share in shares.items() if group in groups]
    return (
        sum([share * group.titled for share, group in seen]),
        sum([share * group.early for share, group in seen]),
        sum([share * group.later for share, group in seen]),
    )


class _Told(NamedTuple):
    """How well the lines are told together: in the opening, headline included, and as the mean over all stretches.

    A report about something else that names all lines in one paragraph of background has a low mean.
    """

    opening: float
    met: float
    clear: float
    """Stretches with something weighty against the topic left out."""


def _told(rules: Rules, groups: Mapping[int, Group], total: int) -> _Told:
    """``total``: so many stretches are there."""
    foreign = _any([groups[group].stretches for group in rules.weighty if group in groups])
    opening, met, clear = 0.0, 0.0, 0.0
    for each, there in _meeting(rules.levels, groups, (1 << total) - 1):
        opening += each * (there & 1)
        met += each * there.bit_count()
        clear += each * (there & ~foreign).bit_count()
    return _Told(opening, met / total, clear / total)


def _meeting(lines: Sequence[Levels], groups: Mapping[int, Group], everywhere: int) -> Iterator[tuple[float, int]]:
    """How well stretches meet every line, each time with the stretches that do."""
    meeting = [(1.0, everywhere)]
    for line in lines:
        standing = list(_standing(line, groups))
        meeting = [
            (product * share, both)
            for product, so_far in meeting
            for share, there in standing
            if (both := so_far & there)
        ]
    return ((product ** (1 / len(lines)), there) for product, there in meeting)


def _standing(line: Levels, groups: Mapping[int, Group]) -> Iterator[tuple[float, int]]:
    """What the best group in a stretch stands for, with the stretches in which it is the best."""
    taken = 0
    for share, alike in line:
        there = 0
        for group in alike:
            if group in groups:
                seen = groups[group]
                there |= seen.stretches | (seen.titled > 0)
        if there := there & ~taken:
            taken |= there
            yield share, there


def _share(own: float, other: float, doubt: float) -> float:
    return own / (own + other + doubt) if own else 0.0


def _subject_first(rules: Rules, places: Sequence[int]) -> float:
    own, other = (_any([places[group] for group in groups]) for groups in (rules.subject, rules.against))
    return float(own > 0 and (not other or own & -own < other & -other))


def _any(places: Sequence[int]) -> int:
    found = 0
    for each in places:
        found |= each
    return found


def _density(own: float, words: int) -> float:
    return sqrt(min(1.0, own * DENSE / (words + FEWEST)))
