"""Copies of one text are one cluster."""

from dataclasses import replace

from pipeline.stages.fold import MIN_COPY_WORDS, Head, fold, text_digest
from tests.support.stories import story

WORDS = " ".join(f"word{number}" for number in range(MIN_COPY_WORDS))


def test_equal_words_are_equal_whatever_case_space_and_punctuation() -> None:
    assert text_digest(WORDS) is not None
    assert text_digest(WORDS.upper().replace(" ", ",\n ") + "!") == text_digest(WORDS)


def test_another_word_or_another_order_is_another_text() -> None:
    assert text_digest(WORDS + " more") != text_digest(WORDS)
    assert text_digest(" ".join(reversed(WORDS.split()))) != text_digest(WORDS)


def test_a_short_text_is_a_copy_of_nothing() -> None:
    assert text_digest(WORDS) is not None
    assert text_digest(WORDS.rpartition(" ")[0]) is None


def test_the_first_story_heads_its_own_cluster() -> None:
    folded = fold(replace(story("a"), cluster_id="old", copy_of="old"), None)
    assert (folded.cluster_id, folded.copy_of) == ("a", None)


def test_a_copy_names_the_first_and_joins_its_cluster() -> None:
    folded = fold(story("b"), Head("a", "cluster-of-a"))
    assert (folded.cluster_id, folded.copy_of) == ("cluster-of-a", "a")


def test_folding_changes_nothing_else() -> None:
    before = story("b")
    folded = fold(before, Head("a", "a"))
    assert replace(folded, cluster_id=before.cluster_id, copy_of=before.copy_of) == before
