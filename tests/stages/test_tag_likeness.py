"""How alike a story and a topic's references are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.tag.likeness import Mentioned, Telling, counted
from pipeline.stages.tag.mentions import Mention
from pipeline.stages.tag.words import Words
from tests.support.harbour_topic import TOPIC, shown

WORDS = st.sampled_from(["ship", "gate", "crane", "quay", "tide"])


def test_likeness_is_that_to_the_nearest_reference() -> None:
    first, second = TOPIC.references
    assert shown(first.title, first.text).likeness == pytest.approx(1)
    assert shown(second.title, second.text).likeness == pytest.approx(1)
    assert shown("Weather", "Rain tomorrow").likeness == 0


def test_phrases_of_one_group_are_one_word_to_the_likeness() -> None:
    one, other = "Stevedores meet", "Crane drivers meet"
    assert shown(one, "").likeness == pytest.approx(shown(other, "").likeness)
    assert shown(one, "").likeness > shown("Sailors meet", "").likeness


def test_common_words_and_numbers_do_not_make_texts_alike() -> None:
    assert set(counted(Words("It was said that 40 of them would go on 12 days after").forms)) == {"go"}


def test_an_empty_text_is_like_nothing() -> None:
    nothing: Mentioned = ((), ())
    assert Telling([], []).vector(nothing, nothing) == {}
    assert Telling([], []).likeness(nothing, nothing, [{"a": 1.0}]) == 0
    assert Telling(["a"], []).likeness(nothing, nothing, []) == 0


@given(st.lists(WORDS, max_size=8), st.lists(WORDS, min_size=1, max_size=30), st.lists(st.integers(0, 29), max_size=8))
def test_what_mentions_change_is_worked_out_as_if_from_the_start(
    title: list[str], text: list[str], places: list[int]
) -> None:
    """A story likened to itself, whose mentions take words away, is as near as can be, and so is its cosine."""
    mentions = [Mention("group", place, place + 1) for place in sorted({place % len(text) for place in places})]
    mentioned: tuple[Mentioned, Mentioned] = ((title, ()), (text, mentions))
    telling = Telling(title, text)
    itself, other = telling.vector(*mentioned), Telling(["ship"], ["gate", "crane"]).vector(((), ()), ((), ()))
    assert telling.likeness(*mentioned, [itself]) == pytest.approx(1 if itself else 0)
    expected = sum(itself[term] * other.get(term, 0.0) for term in itself)
    assert telling.likeness(*mentioned, [other]) == pytest.approx(expected)
