"""What a story shows of a topic, in numbers."""

import dataclasses

import pytest
from hypothesis import given, settings

from pipeline.stages.tag.score import signals_of
from tests.support.harbour_topic import TEXT, TEXTS, TITLE, TOPIC, shown


def test_many_weak_things_against_never_count_more_than_fully() -> None:
    everything = shown("Bowling football herring", "bowling football herring " * 50)
    assert 0.9 < everything.against <= 1


def test_the_better_group_of_a_line_counts() -> None:
    assert shown("Dockers", "").subject > shown("Portvale", "").subject > shown("", "").subject == 0
    assert shown("Dockers of Portvale", "").subject == shown("Dockers", "").subject


def test_together_is_the_geometric_mean_of_all_lines_and_zero_when_one_is_missing() -> None:
    both = shown("Dockers on strike", "")
    assert both.together == pytest.approx(both.subject)
    assert shown("Dockers at rest", "").together == 0
    assert shown("Strike", "").together == 0


def test_lines_told_together_count_more_than_lines_far_apart() -> None:
    filler = " word" * 80
    near, apart = shown("", f"{filler} dockers strike"), shown("", f"dockers {filler} strike")
    assert 0 < apart.together < near.together


def test_no_border_between_stretches_parts_neighbours() -> None:
    amounts = {
        round(shown("", " word" * place + " dockers strike" + " word" * (300 - place)).together, 6)
        for place in range(100, 180)
    }
    assert len(amounts) <= 2  # two stretches hold the pair, or one where it lies across their border


def test_lines_that_meet_in_the_opening_count_more_than_later_ones() -> None:
    early, later = (shown("", " word" * place + " dockers strike" + " word" * (58 - place)) for place in (25, 45))
    assert early.together > later.together


def test_a_background_paragraph_counts_less_than_the_same_words_all_through() -> None:
    paragraph, other = "dockers" + " word" * 10 + " strike" + " word" * 28, " word" * 40
    background = shown("", other * 9 + paragraph)
    throughout = shown("", paragraph * 10)
    assert background.together < throughout.together / 2


def test_headline_opening_and_rest_each_add_to_the_weight() -> None:
    filler = " word" * 70
    amounts = [
        shown("", f"{filler} dockers").subject,
        shown("", f"dockers dockers {filler}").subject,
        shown("Dockers", filler).subject,
        shown("Dockers", f"dockers dockers {filler}").subject,
        shown("Dockers", f"dockers dockers {filler} dockers dockers").subject,
    ]
    assert amounts == sorted(amounts)
    assert len(set(amounts)) == len(amounts)


def test_a_mention_counts_for_its_own_part_of_the_story_only() -> None:
    assert shown("", "dockers dockers" + " word" * 500).subject == pytest.approx(0.5)
    assert shown("", " word" * 60 + " dockers dockers dockers").subject == pytest.approx(0.5)
    assert shown("Dockers", " word" * 500).subject == pytest.approx(0.7)


def test_a_side_mention_in_a_long_text_counts_little() -> None:
    assert shown("", "word " * 3000 + "dockers").subject < 0.05
    assert shown("", ("word " * 50 + "dockers ") * 60).subject > 0.4


def test_a_story_that_nowhere_mentions_the_subject_has_no_signals_to_train_on() -> None:
    assert signals_of("Strike", "A picket at the gate.", TOPIC) is None
    found = signals_of(TITLE, TEXT, TOPIC)
    assert found == shown(TITLE, TEXT)


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_signals_stay_between_zero_and_one(title: str, text: str) -> None:
    values = dataclasses.astuple(shown(title, text))
    assert all(0 <= value <= 1.0000001 for value in values)


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_more_of_the_subject_never_counts_less(title: str, text: str) -> None:
    # A comma keeps the new word from joining a phrase before it.
    assert shown(title, text + " , dockers").subject >= shown(title, text).subject - 0.01


def test_the_weakest_signal_is_as_low_as_the_one_that_a_story_lacks() -> None:
    told = "Dockers of Portvale strike at the harbour of the union. "
    story, game = shown("Dockers strike", told * 30), shown("Dockers strike", (told + "Bowling. " * 9) * 30)
    remark = shown("Dockers strike", " word" * 1000 + told)
    assert (game.weakest, remark.weakest) == (game.share, remark.stretches_met)
    assert max(game.weakest, remark.weakest) < story.weakest / 2
    assert all(
        one.weakest == min(one.share, one.density, one.stretches_met, one.likeness) for one in (story, game, remark)
    )


def test_a_text_is_long_from_a_few_paragraphs_on() -> None:
    told = "Dockers of Portvale strike at the harbour. "
    assert [shown("Dockers strike", told * times).long for times in (8, 15, 40)] == [0, pytest.approx(45 / 140), 1]


def test_a_stretch_with_something_weighty_against_the_topic_is_not_clear() -> None:
    told, rest = "dockers strike" + " word" * 18, " word" * 40
    plain, sport, fishing = (shown("", " ".join([told, rest, other, rest] * 4)) for other in ("", "bowling", "herring"))
    among = shown("", " ".join([told, "bowling", rest, rest] * 4))
    assert plain.stretches_clear == plain.stretches_met > 0
    assert sport.stretches_clear == sport.stretches_met > 0
    assert among.stretches_clear < among.stretches_met
    assert fishing.stretches_clear == fishing.stretches_met
    weak = shown("", " ".join([told, "herring", rest, rest] * 4))
    assert weak.stretches_clear == weak.stretches_met
