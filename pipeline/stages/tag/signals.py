"""What a story shows of a topic, as numbers from 0 to 1 that mean the same for every topic."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from math import ceil, sqrt

from pipeline.stages.tag.likeness import cosine
from pipeline.stages.tag.mentions import Mention
from pipeline.stages.tag.rules import Passage, Rules, best

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

    @property
    def together(self) -> float:
        """``met``, the more the nearer the lines stand to each other."""
        return self.met * (APART + (1 - APART) * (self.opening_met + self.stretches_met) / 2)


SIGNAL_NAMES = tuple(signal.name for signal in fields(Signals))
"""What a trained model may weigh."""


def signals(
    rules: Rules, title: Passage, text: Passage, in_title: Sequence[Mention], in_text: Sequence[Mention]
) -> Signals:
    """``in_title`` and ``in_text`` are the mentions of the topic's groups."""
    words = len(text.words.forms)
    titled = Counter([mention.group for mention in in_title])
    early = Counter([mention.group for mention in in_text if mention.first < LEAD_WORDS])
    later = Counter([mention.group for mention in in_text if mention.first >= LEAD_WORDS])
    weight = _weights(titled, early, later, words)
    title_set = rules.set_of(titled)
    sentence_set = rules.set_of(mention.group for mention in in_text if mention.first < SENTENCE)
    opening, stretches = _stretches(rules, title_set, in_text, words)
    everywhere = titled + titled + early + later
    story = rules.story_vector(title, text, in_title, in_text)
    met, title_met = rules.all_lines(weight), rules.met(title_set)
    return Signals(
        subject=best(rules.topic.subject, weight),
        met=met,
        opening_met=opening,
        stretches_met=stretches,
        likeness=max([cosine(story, reference) for reference in rules.references], default=0.0),
        against=rules.all_against(weight),
        share=_share(rules, everywhere, DOUBT) * met,
        title_share=_share(rules, titled, 0.0) * met,
        lead_share=_share(rules, early, DOUBT) * met,
        title_subject=max([rules.subject.get(group, 0.0) for group in titled], default=0.0),
        title_met=title_met,
        title_against=rules.set_against(title_set),
        sentence_met=rules.met(sentence_set),
        sentence_against=rules.set_against(sentence_set),
        subject_first=_subject_first(rules, (*in_title, *in_text)) * met,
        density=_density(rules, titled + early + later, len(title.words.forms) + words) * met,
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


def _share(rules: Rules, counts: Mapping[str, int], doubt: float) -> float:
    own = sum([rules.subject.get(group, 0.0) * count for group, count in counts.items()])
    other = sum([rules.against.get(group, 0.0) * count for group, count in counts.items()])
    return own / (own + other + doubt) if own else 0.0


def _subject_first(rules: Rules, mentions: Sequence[Mention]) -> float:
    for mention in mentions:
        if mention.group in rules.subject:
            return 1.0
        if mention.group in rules.against:
            break
    return 0.0


def _density(rules: Rules, counts: Mapping[str, int], words: int) -> float:
    own = sum([rules.subject.get(group, 0.0) * count for group, count in counts.items()])
    return sqrt(min(1.0, own * DENSE / (words + FEWEST)))
