"""How alike a story and a topic's references are."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.tag.likeness import Groups, Telling, counted, example, likeness
from pipeline.stages.tag.words import Words
from tests.support.harbour_topic import TOPIC, shown

WORDS = st.lists(st.sampled_from(["ship", "gate", "crane", "quay", "tide"]), max_size=20).map(" ".join)
GROUPS = st.dictionaries(st.integers(0, 4), st.integers(1, 9), max_size=4)


def told(title: str = "", text: str = "") -> Telling:
    return Telling(Words(title), Words(text))


def test_likeness_is_that_to_the_nearest_reference() -> None:
    first, second = TOPIC.references
    assert shown(first.title, first.text).likeness == pytest.approx(1)
    assert shown(second.title, second.text).likeness == pytest.approx(1)
    assert shown("Weather", "Rain tomorrow").likeness == 0


def test_another_name_of_the_same_group_makes_a_story_alike() -> None:
    named, renamed, neither = (shown(f"{who} meet", "").likeness for who in ("Dockers", "Stevedores", "Sailors"))
    assert named > renamed > neither


def test_common_words_and_numbers_do_not_make_texts_alike() -> None:
    assert set(counted(Words("It was said that 40 of them would go on 12 days after").forms)) == {"go"}


def test_an_empty_text_is_like_nothing() -> None:
    known = example(told("ship"), {})
    assert likeness(told(), {}, [known]) == 0
    assert likeness(told("ship"), {}, []) == 0
    assert likeness(told("ship"), {}, [example(told(), {})]) == 0


@given(WORDS, WORDS, GROUPS, WORDS, GROUPS)
def test_likeness_is_the_cosine_of_words_and_groups_together(
    title: str, text: str, groups: Groups, other_text: str, other_groups: Groups
) -> None:
    one, other = told(title, text), told("", other_text)
    vectors = [
        {**telling.weights, **{f"#{group}": 1 + math.log(count) for group, count in mentioned.items()}}
        for telling, mentioned in ((one, groups), (other, other_groups))
    ]
    lengths = [math.hypot(*vector.values()) for vector in vectors]
    product = sum(vectors[0][term] * vectors[1].get(term, 0.0) for term in vectors[0])
    expected = product / (lengths[0] * lengths[1]) if all(lengths) else 0.0
    assert likeness(one, groups, [example(other, other_groups)]) == pytest.approx(expected)
    assert likeness(one, groups, [example(one, groups)]) == pytest.approx(1 if lengths[0] else 0)
