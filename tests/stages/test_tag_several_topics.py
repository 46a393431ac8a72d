"""Several topics at once: each is judged as if it were alone."""

import dataclasses

from hypothesis import given, settings

from pipeline.stages.tag import tag
from pipeline.topic import Model, PhraseGroup, Topic, Weighing
from tests.support.harbour_topic import TEXT, TEXTS, TITLE, TOPIC


def test_no_topics_give_no_scores_and_several_keep_their_order() -> None:
    other = dataclasses.replace(TOPIC, id="another")
    assert tag(TITLE, TEXT, ()) == ()
    assert [score.topic for score in tag(TITLE, TEXT, (other, TOPIC))] == ["another", "harbour-strike"]


def test_topics_that_share_their_rules_keep_their_own_thresholds_and_models() -> None:
    others = (
        dataclasses.replace(TOPIC, id="strict", threshold=1.0),
        dataclasses.replace(TOPIC, id="sure", model=Model(Weighing(9.0, ()), Weighing(9.0, ()))),
    )
    together = tag(TITLE, TEXT, (TOPIC, *others))
    assert together == tuple(tag(TITLE, TEXT, (topic,))[0] for topic in (TOPIC, *others))
    assert [score.tagged for score in together] == [True, False, True]


def regrouped(topic_id: str, *groups: PhraseGroup) -> Topic:
    return dataclasses.replace(TOPIC, id=topic_id, groups=groups)


NEIGHBOURS = (
    TOPIC,
    regrouped(
        "longer-phrases",
        PhraseGroup("dockers", ("dockers strike", "harbour")),
        PhraseGroup("town", ("strike Portvale", "Portvale")),
        PhraseGroup("strike", ("strike", "picket")),
    ),
    regrouped(
        "other-owners",
        PhraseGroup("dockers", ("Portvale", "الميناء")),
        PhraseGroup("town", ("dockers", "workers")),
        PhraseGroup("strike", ("football", "walk")),
    ),
    dataclasses.replace(TOPIC, id="same-rules", threshold=0.9),
    # These find the same places and weigh them otherwise.
    dataclasses.replace(TOPIC, id="other-weights", subject=(("dockers", 0.3), ("town", 1.0))),
    dataclasses.replace(TOPIC, id="other-examples", references=TOPIC.references[:1]),
    dataclasses.replace(TOPIC, id="other-enemies", against=(PhraseGroup("not sport", ("bowling", "football"), 0.5),)),
    regrouped(
        "never-found", *TOPIC.groups[:2], PhraseGroup("strike", ("strike", "walkout", "walk out", "picket", "q q"))
    ),
)


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_phrases_that_topics_share_or_take_from_each_other_are_found_for_each(title: str, text: str) -> None:
    assert tag(title, text, NEIGHBOURS) == tuple(tag(title, text, (topic,))[0] for topic in NEIGHBOURS)


def test_equal_words_of_another_topic_are_no_evidence() -> None:
    scores = tag("Dockers strike Portvale", "", NEIGHBOURS)
    assert [[part.phrase for part in score.evidence] for score in scores[:3]] == [
        ["Dockers", "strike", "Portvale"],
        ["Dockers strike", "Portvale"],
        ["Dockers", "Portvale"],
    ]
