"""The phrases that decided, and what becomes of texts of every kind."""

import pytest
from hypothesis import given, settings

from pipeline.stages.tag.score import LONGEST_TEXT, LONGEST_TITLE
from pipeline.stages.tag.sightings import PHRASES_PER_GROUP
from tests.support.harbour_topic import TEXT, TEXTS, TITLE, TOPIC, judged


def test_evidence_holds_the_first_three_different_phrases_of_a_group_in_each_field() -> None:
    text = "Dockers, dockers, stevedores, harbour workers and crane drivers on strike."
    phrases = [part.phrase for part in judged("Strike", text).evidence if part.field == "text"]
    assert phrases == ["Dockers", "stevedores", "harbour workers", "strike"]
    assert PHRASES_PER_GROUP == 3


def test_what_speaks_against_is_no_evidence_but_told_apart() -> None:
    score = judged(TITLE, TEXT + " Later: bowling.")
    assert "bowling" not in {part.phrase for part in score.evidence}
    assert [(part.phrase, part.field) for part in score.against] == [("bowling", "text")]


def test_only_the_beginning_of_a_huge_text_and_headline_is_read() -> None:
    text = "word " * (LONGEST_TEXT // 5) + "dockers on strike in Portvale " * 1000
    assert judged("", text).evidence == ()
    assert judged("w " * LONGEST_TITLE + "dockers strike", "").evidence == ()


@pytest.mark.parametrize("piece", ["dockers strike ", "ו", "a", "\u0301", " ", "\n", "dockers-"])
def test_a_megabyte_of_anything_is_answered(piece: str) -> None:
    score = judged(piece * (1_000_000 // len(piece)), piece * (1_000_000 // len(piece)))
    assert 0 <= score.score <= 1
    assert len(score.evidence) <= 2 * 3 * PHRASES_PER_GROUP


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_evidence_stands_where_it_says(title: str, text: str) -> None:
    score = judged(title, text)
    passages = {"title": title, "text": text}
    assert all(
        passages[part.field][part.start : part.end] == part.phrase != "" for part in (*score.evidence, *score.against)
    )
    places = [(part.field == "text", part.start) for part in score.evidence]
    assert places == sorted(places)
    assert 0 <= score.score <= 1
    assert score.tagged == (score.score >= TOPIC.threshold)
    assert not score.tagged or score.evidence
