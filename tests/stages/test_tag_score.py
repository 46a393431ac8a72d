"""From signals to score and decision, on a small invented topic."""

import dataclasses
import math

import pytest

from pipeline.stages.tag.score import score_of
from pipeline.stages.tag.signals import SIGNAL_NAMES, Signals
from pipeline.topic import Model, Weighing
from tests.support.harbour_topic import TEXT, TITLE, TOPIC, judged

MIDDLE = Signals(**dict.fromkeys(SIGNAL_NAMES, 0.5), long=0.0)
LENGTHS = pytest.mark.parametrize("long", [0.0, 0.3, 1.0])


def test_a_story_like_the_reference_is_tagged_with_its_evidence() -> None:
    score = judged(TITLE, TEXT)
    assert score.tagged
    assert score.score > 0.9
    assert [(part.field, part.phrase) for part in score.evidence] == [
        ("title", "Dockers"),
        ("title", "strike"),
        ("title", "Portvale"),
        ("text", "dockers"),
        ("text", "strike"),
        ("text", "picket"),
    ]


def test_an_empty_story_has_a_score_near_zero_and_no_evidence() -> None:
    score = judged("", "")
    assert (score.tagged, score.evidence) == (False, ())
    assert score.score < 0.01


def test_a_story_without_the_subject_is_never_tagged_and_shows_no_evidence() -> None:
    score = judged("Strike! Walkout! Picket!", "Strike upon strike, a walkout and a picket. The union shut the gates.")
    assert (score.tagged, score.evidence) == (False, ())


def test_a_story_that_mentions_the_subject_ranks_before_one_that_does_not() -> None:
    against = dataclasses.replace(TOPIC, model=Model(Weighing(-20.0, ()), Weighing(-20.0, ())))
    assert judged("Dockers at a football match", "Bowling and football.", against).score > 0
    assert judged("A football match", "Bowling and football.", against).score == 0


def test_a_story_that_lacks_a_line_of_together_is_not_tagged_but_shows_what_spoke_for_it() -> None:
    score = judged("Dockers of Portvale", "The dockers' union of the harbour of Portvale asked for talks at the gate.")
    assert not score.tagged
    assert score.score < TOPIC.threshold / 2
    assert {part.phrase for part in score.evidence} == {"Dockers", "Portvale", "dockers"}


def test_what_speaks_against_a_topic_lowers_the_score_by_its_weight() -> None:
    plain = judged(TITLE, TEXT).score
    fishing = judged(TITLE, TEXT + " Herring was left on the quay.").score
    sport = judged(TITLE, TEXT + " They went bowling.").score
    assert plain > fishing > sport


def test_a_topic_without_references_lines_or_groups_scores_but_never_tags() -> None:
    bare = dataclasses.replace(TOPIC, references=(), groups=(), subject=(), together=(), against=())
    assert not judged(TITLE, TEXT, bare).tagged


@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.9])
def test_the_threshold_decides_and_a_score_that_reaches_it_is_tagged(threshold: float) -> None:
    score = judged(TITLE, TEXT).score
    assert judged(TITLE, TEXT, dataclasses.replace(TOPIC, threshold=score)).tagged
    assert not judged(TITLE, TEXT, dataclasses.replace(TOPIC, threshold=min(1.0, score + 0.0001))).tagged
    everything_but_a_line = dataclasses.replace(MIDDLE, subject=1.0, likeness=1.0, met=0.0)
    assert score_of(everything_but_a_line, dataclasses.replace(TOPIC, threshold=threshold)) < threshold


@LENGTHS
@pytest.mark.parametrize("name", ["subject", "met", "opening_met", "stretches_met", "likeness"])
def test_what_speaks_for_a_topic_without_a_model_raises_its_score(name: str, long: float) -> None:
    middle = dataclasses.replace(MIDDLE, long=long)
    assert score_of(dataclasses.replace(middle, **{name: 0.6}), TOPIC) > score_of(middle, TOPIC)
    assert score_of(dataclasses.replace(middle, against=0.6), TOPIC) < score_of(middle, TOPIC)


def test_the_weights_of_a_model_take_the_place_of_those_that_all_topics_share() -> None:
    model = Model(Weighing(-1.0, (("title_share", 2.0), ("against", -3.0))), Weighing(9.0, ()))
    modelled = dataclasses.replace(TOPIC, model=model)
    assert score_of(MIDDLE, modelled) == logistic(-1.5)
    assert score_of(dataclasses.replace(MIDDLE, likeness=1.0), modelled) == score_of(MIDDLE, modelled)
    assert modelled.digest != TOPIC.digest


def test_a_text_between_short_and_long_is_weighed_between_them() -> None:
    model = Model(Weighing(-1.0, (("title_share", 2.0),)), Weighing(1.0, (("share", 4.0), ("against", -1.0))))
    modelled = dataclasses.replace(TOPIC, model=model)
    scores = [score_of(dataclasses.replace(MIDDLE, long=long), modelled) for long in (0.0, 0.5, 1.0)]
    assert scores == [logistic(0.0), logistic(1.25), logistic(2.5)]


def logistic(logit: float) -> float:
    return round(1 / (1 + math.exp(-logit)), 4)


def test_a_score_carries_the_digest_of_the_rules_behind_it() -> None:
    stricter = dataclasses.replace(TOPIC, threshold=0.9)
    assert judged(TITLE, TEXT).rules == TOPIC.digest != stricter.digest == judged(TITLE, TEXT, stricter).rules
    assert judged("", "").rules == TOPIC.digest


def test_changed_rules_of_a_topic_are_used_at_once() -> None:
    stricter = dataclasses.replace(TOPIC, subject=(("town", 1.0),))
    assert judged("Dockers strike", "Dockers on strike.").tagged
    assert not judged("Dockers strike", "Dockers on strike.", stricter).tagged
