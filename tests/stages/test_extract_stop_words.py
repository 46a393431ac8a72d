"""The stop words in little memory are those that jusText has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from justext import core, get_stoplist, get_stoplists
from trafilatura import external

from pipeline.stages.extract.body import _prepare, body_blocks, use_stop_words
from pipeline.stages.extract.page import parse
from pipeline.stages.extract.stop_words import WordSet, all_stop_words, word_table

words = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=4)


@given(st.frozensets(words), words)
def test_it_holds_what_it_was_given_and_nothing_else(held: frozenset[str], other: str) -> None:
    kept = WordSet(word_table(held))
    assert all(word in kept for word in held)
    assert (other in kept) == (other in held)


def test_half_a_character_is_no_word() -> None:
    assert "\ud800" not in WordSet(word_table({"a"}))


def test_a_table_with_another_number_of_places_is_refused() -> None:
    table = word_table({"a"})
    with pytest.raises(ValueError, match="number of places"):
        WordSet(table | {"begin": table["begin"][::2]})


def test_all_stop_words_are_those_of_all_languages() -> None:
    theirs = {word for language in get_stoplists() for word in get_stoplist(language)}
    ours = WordSet(all_stop_words())
    assert len(theirs) > 100_000
    assert all(word in ours for word in theirs)
    assert all(word + "x" not in ours for word in theirs if word + "x" not in theirs)


def test_the_second_opinion_keeps_the_words_that_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(external, "JT_STOPLIST", None)
    given = WordSet(word_table({"a", "the"}))
    use_stop_words(given)
    _prepare.cache_clear()
    body_blocks(parse(b"<html><body><p>A page of few words puts the extractor in doubt.</p></body></html>"))
    assert external.JT_STOPLIST is given
    _prepare.cache_clear()


def test_the_second_opinion_asks_these_words() -> None:
    body_blocks(parse(b"<html><body><p>A page of few words puts the extractor in doubt.</p></body></html>"))
    assert isinstance(external.JT_STOPLIST, WordSet)
    assert core.define_stoplist(external.JT_STOPLIST) is external.JT_STOPLIST
