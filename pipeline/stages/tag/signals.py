"""What a story shows of a topic, as numbers from 0 to 1 that mean the same for every topic."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from math import ceil, sqrt

from pipeline.stages.tag.mentions import Mention
from pipeline.stages.tag.rules import Rules, best
from pipeline.stages.tag.told import Mentions, Told

# How much of a group's weight in a story comes from its headline, its opening and the rest.
TITLE, LEAD, BODY = 0.7, 0.5, 0.5
LEAD_WORDS = 60
# So many mentions are all that an opening can show; the rest needs one in so many words, and never fewer than three.
# A side remark at the end of a long story therefore counts next to nothing.
LEAD_MENTIONS, REST_MENTIONS, REST_WORDS = 2, 3, 60
# Words in which all lines of a topic have to meet to count as told together: a paragraph. Stretches begin every half
# stretch, so that no border parts neighbours.
STRETCH = 40
HALF = STRETCH // 2
# Words of the first sentence, more or less.
SENTENCE = 25
# What is left of lines that never meet.
APART = 0.25
# A text with one mention of the subject in so many words is full of it; the least that a text may have.
DENSE, FEWEST = 12, 20
# Half a mention of something else in every text, so that a single mention does not rule a story alone.
DOUBT = 0.5


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

    @property
    def together(self) -> float:
        """``met``, the more the nearer the lines stand to each other."""
        return self.met * (APART + (1 - APART) * (self.opening_met + self.stretches_met) / 2)


SIGNAL_NAMES = tuple(signal.name for signal in fields(Signals))
"""What a trained model may weigh."""


def signals(rules: Rules, story: Told, mentions: Mentions) -> Signals:
    """``mentions``: those of the topic's groups in the story."""
    in_title, in_text, words = mentions.title, mentions.text, len(story.text)
    titled = Counter([group for group, _, _ in in_title])
    early = Counter([group for group, first, _ in in_text if first < LEAD_WORDS])
    later = Counter([group for group, first, _ in in_text if first >= LEAD_WORDS])
    weight = _weights(titled, early, later, words)
    title_set = rules.set_of(titled)
    sentence_set = rules.set_of(group for group, first, _ in in_text if first < SENTENCE)
    opening, stretches = _stretches(rules, title_set, in_text, words)
    own_title, own_early, own_later = (_sum(rules.subject, counts) for counts in (titled, early, later))
    other_title, other_early, other_later = (_sum(rules.against, counts) for counts in (titled, early, later))
    met, title_met = rules.all_lines(weight), rules.met(title_set)
    share = _share(2 * own_title + own_early + own_later, 2 * other_title + other_early + other_later, DOUBT) * met
    density = _density(own_title + own_early + own_later, len(story.title) + words) * met
    likeness = story.telling.likeness((story.title.forms, in_title), (story.text.forms, in_text), rules.references)
    return Signals(
        subject=best(rules.topic.subject, weight),
        met=met,
        opening_met=opening,
        stretches_met=stretches,
        likeness=likeness,
        against=rules.all_against(weight),
        share=share,
        title_share=_share(own_title, other_title, 0.0) * met,
        lead_share=_share(own_early, other_early, DOUBT) * met,
        title_subject=max([rules.subject.get(group, 0.0) for group in titled], default=0.0),
        title_met=title_met,
        title_against=rules.set_against(title_set),
        sentence_met=rules.met(sentence_set),
        sentence_against=rules.set_against(sentence_set),
        subject_first=_subject_first(rules, (*in_title, *in_text)) * met,
        density=density,
        weakest=min(share, density, stretches, likeness),
    )


def _weights(
    titled: Mapping[str, int], early: Mapping[str, int], later: Mapping[str, int], words: int
) -> dict[str, float]:
    """For each group that is mentioned: how much the story is about it, 0 to 1.

    Headline, opening and rest each give their part, joined as independent chances are, so more never counts less.
    """
    enough = max(REST_MENTIONS, (words - LEAD_WORDS) / REST_WORDS)
    return {
        group: 1
        - (1 - TITLE * (group in titled))
        * (1 - LEAD * min(1.0, early.get(group, 0) / LEAD_MENTIONS))
        * (1 - BODY * min(1.0, later.get(group, 0) / enough))
        for group in {*titled, *early, *later}
    }


def _stretches(rules: Rules, title: int, mentions: Sequence[Mention], words: int) -> tuple[float, float]:
    """How well the opening, headline included, meets every line, and the mean over all stretches.

    A report about something else that names all lines in one paragraph of background has a low mean.
    """
    near: dict[int, int] = {0: title}
    for group, first, _ in mentions:
        half, bit = first // HALF, rules.bits[group]
        near[half] = near.get(half, 0) | bit
        if half:
            near[half - 1] = near.get(half - 1, 0) | bit
    met = [rules.met(groups) for groups in near.values()]
    return met[0], sum(met) / max(len(met), ceil(words / HALF) - 1)


def _sum(shares: Mapping[str, float], counts: Mapping[str, int]) -> float:
    """Mentions, each counting as much as its group does."""
    return sum([shares[group] * count for group, count in counts.items() if group in shares])


def _share(own: float, other: float, doubt: float) -> float:
    return own / (own + other + doubt) if own else 0.0


def _subject_first(rules: Rules, mentions: Sequence[Mention]) -> float:
    for mention in mentions:
        if mention.group in rules.subject:
            return 1.0
        if mention.group in rules.against:
            break
    return 0.0


def _density(own: float, words: int) -> float:
    return sqrt(min(1.0, own * DENSE / (words + FEWEST)))
