"""Where a text mentions the groups of a topic."""

from pipeline.stages.tag.mentions import PhraseBook
from pipeline.stages.tag.sightings import Sightings
from pipeline.stages.tag.words import Words
from pipeline.topic import PhraseGroup

GROUPS = [
    PhraseGroup("fleet", ("Fleet", "Grey Fleet", "אוניה", "السفن الرمادية")),
    PhraseGroup("market", ("Fleet Street", "Fleet Street Bank", "_")),
    PhraseGroup("coast", ("Northern coast",)),
]
BOOK = PhraseBook(GROUPS)


def found(text: str, title: str = "") -> list[tuple[str, str]]:
    sightings = Sightings(Words(title), Words(text), BOOK)
    mentions = [
        (phrase.field == "text", phrase.start, group.name, phrase.phrase)
        for group, places in zip(GROUPS, sightings.of(range(len(GROUPS))), strict=True)
        for phrase in sightings.evidence(places)
    ]
    return [(group, phrase) for _, _, group, phrase in sorted(mentions)]


def test_a_phrase_matches_whole_words_only() -> None:
    assert found("The fleet sails.") == [("fleet", "fleet")]
    assert found("A fleeting thought of fleets.") == []


def test_of_two_phrases_that_begin_together_the_longer_counts() -> None:
    assert found("Fleet Street fears") == [("market", "Fleet Street")]
    assert found("Fleet Street Bank fears") == [("market", "Fleet Street Bank")]
    assert found("Fleet Street, bank or not") == [("market", "Fleet Street")]


def test_words_of_a_mention_are_not_used_again() -> None:
    assert found("the grey fleet street party") == [("fleet", "grey fleet")]


def test_a_phrase_goes_over_hyphens_and_line_breaks_but_not_over_a_full_stop() -> None:
    assert found("northern-coast and northern\ncoast") == [("coast", "northern-coast"), ("coast", "northern\ncoast")]
    assert found("It lies northern. Coast guards say so.") == []


def test_a_text_that_ends_inside_a_phrase_has_no_mention_of_it() -> None:
    assert found("the northern") == []


def test_prefixed_hebrew_and_arabic_words_are_mentions_with_their_prefix() -> None:
    assert found("באוניה") == [("fleet", "באוניה")]
    assert found("والسفن الرمادية") == [("fleet", "والسفن الرمادية")]


def test_a_phrase_without_a_word_matches_nothing() -> None:
    assert found("_ _ _") == []


def test_words_of_the_headline_take_none_of_the_text() -> None:
    assert found("Fleet Street", "The grey fleet") == [("fleet", "grey fleet"), ("market", "Fleet Street")]


def test_a_phrase_of_two_groups_counts_for_the_first() -> None:
    groups = [PhraseGroup("one", ("gate",)), PhraseGroup("two", ("Gate", "gate of the harbour"))]
    sightings = Sightings(Words(""), Words("The gate, the gate of the harbour"), PhraseBook(groups))
    assert [[part.phrase for part in sightings.evidence(places)] for places in sightings.of(range(2))] == [
        ["gate"],
        ["gate of the harbour"],
    ]
