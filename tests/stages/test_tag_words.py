"""Words with their places, whatever the spelling habits of the writer."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.stages.tag.words import Words, fold, forms_of, joins, words_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("HEZBOLLAH", "hezbollah"),
        ("Hezbolá", "hezbola"),
        ("Hezbolá", "hezbola"),
        ("Straße", "strasse"),
        ("Ｂｅｉｒｕｔ", "beirut"),
        ("לְבָנוֹן", "לבנון"),
        ("لُبْنَان", "لبنان"),
        ("لبـــنان", "لبنان"),
        ("إسرائيل", "اسرائيل"),
        ("Hez\u00adbollah", "hezbollah"),
    ],
)
def test_case_accents_vowel_points_stretching_and_soft_hyphens_do_not_matter(one: str, other: str) -> None:
    (word,) = words_of(one)
    assert word.form == fold(other)


def test_words_keep_their_places_in_the_text() -> None:
    text = "In Beirut, _talks_ – לבנון."
    assert [text[word.start : word.end] for word in words_of(text)] == ["In", "Beirut", "talks", "לבנון"]


@pytest.mark.parametrize("text", ["", " ", "—…!?", "\u0301\u0302", "ـــ", "___", "\u00ad"])
def test_marks_and_signs_alone_are_no_words(text: str) -> None:
    assert words_of(text) == []


@settings(deadline=None)
@given(st.text())
def test_words_are_in_order_apart_and_never_empty(text: str) -> None:
    words = words_of(text)
    assert all(word.start < word.end <= len(text) and word.form for word in words)
    assert all(left.end <= right.start for left, right in pairwise(words))


@pytest.mark.parametrize(
    ("written", "bare"),
    [
        ("ובלבנון", "לבנון"),
        ("שבלבנון", "לבנון"),
        ("לחיזבאללה", "חיזבאללה"),
        ("واللبنانية", "لبنانية"),
        ("وبالصواريخ", "صواريخ"),
    ],
)
def test_particles_at_the_front_of_hebrew_and_arabic_words_come_off(written: str, bare: str) -> None:
    assert bare in forms_of(fold(written))


def test_a_word_is_first_taken_as_written() -> None:
    assert forms_of("לבנון")[0] == "לבנון"
    assert forms_of("beirut") == ("beirut",)


def test_no_more_than_four_particles_come_off_and_two_letters_stay() -> None:
    assert forms_of("ווווווו") == ("ווווווו", "וווווו", "ווווו", "וווו", "ווו")
    assert forms_of("בל") == ("בל",)


@pytest.mark.parametrize("between", [" ", "\n", "-", "‑", "’", "'", "/", "\u200c", "\u00a0", ".", "״", " \u200f"])
def test_blanks_hyphens_strokes_and_joiners_keep_words_together(between: str) -> None:
    assert joins(between)


@pytest.mark.parametrize("between", [", ", ". ", "; ", " – ", "\n\n\n", ": ", "!", "", " ("])
def test_stops_commas_and_wide_gaps_part_words(between: str) -> None:
    assert not joins(between)


@settings(deadline=None)
@given(st.text(st.sampled_from("aZ9 .-é\u0301\u00adحבİß_\ud800")))
def test_forms_and_places_belong_together_whatever_the_script(text: str) -> None:
    words = Words(text)
    assert [fold(text[start:end]) for start, end in words.spans] == words.forms
    assert set(words.forms) == words.distinct
