"""From signals to score, decision and evidence, on a small invented topic."""

import dataclasses
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.model import TopicScore
from pipeline.stages.tag import tag
from pipeline.stages.tag.likeness import cosine, counted, vector
from pipeline.stages.tag.rules import Passage, rules_of
from pipeline.stages.tag.score import LONGEST_TEXT, LONGEST_TITLE, PHRASES_PER_GROUP, score_of, signals_of
from pipeline.stages.tag.signals import SIGNAL_NAMES, Signals, signals
from pipeline.topic import Model, PhraseGroup, Reference, Topic

TOPIC = Topic(
    id="harbour-strike",
    name="Harbour strike",
    description="Dockers of Portvale on strike.",
    threshold=0.5,
    references=(
        Reference(
            "Dockers of Portvale walk out", "The dockers' union shut the harbour of Portvale and asked for talks."
        ),
        Reference("Cranes stand still", "No ship was unloaded in Portvale as the union held the gates."),
    ),
    groups=(
        PhraseGroup("dockers", ("dockers", "harbour workers", "stevedores", "crane drivers", "عمال الميناء")),
        PhraseGroup("town", ("Portvale", "Portvale harbour")),
        PhraseGroup("strike", ("strike", "walkout", "walk out", "picket")),
    ),
    subject=(("dockers", 1.0), ("town", 0.5)),
    together=((("strike", 1.0),),),
    against=(PhraseGroup("not sport", ("bowling", "football"), 1.0), PhraseGroup("not fishing", ("herring",), 0.4)),
)
TITLE, TEXT = "Dockers strike in Portvale", "The union of the dockers called a strike; a picket held the harbour gate."


def judged(title: str, text: str, topic: Topic = TOPIC) -> TopicScore:
    (score,) = tag(title, text, (topic,))
    return score


def shown(title: str, text: str, topic: Topic = TOPIC) -> Signals:
    rules, headline, body = rules_of(topic), Passage(title), Passage(text)
    return signals(rules, headline, body, rules.book.mentions(headline.words), rules.book.mentions(body.words))


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


def test_no_topics_give_no_scores_and_several_keep_their_order() -> None:
    other = dataclasses.replace(TOPIC, id="another")
    assert tag(TITLE, TEXT, ()) == ()
    assert [score.topic for score in tag(TITLE, TEXT, (other, TOPIC))] == ["another", "harbour-strike"]


def test_a_story_without_the_subject_is_never_tagged_and_shows_no_evidence() -> None:
    score = judged("Strike! Walkout! Picket!", "Strike upon strike, a walkout and a picket. The union shut the gates.")
    assert (score.tagged, score.evidence) == (False, ())


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
    assert set(counted(Passage("It was said that 40 of them would go on 12 days after").words.forms)) == {"go"}


def test_a_topic_without_references_lines_or_groups_scores_but_never_tags() -> None:
    bare = dataclasses.replace(TOPIC, references=(), groups=(), subject=(), together=(), against=())
    assert not judged(TITLE, TEXT, bare).tagged


def test_an_empty_text_is_like_nothing() -> None:
    assert vector(counted([])) == {}
    assert cosine({}, {"a": 1.0}) == 0


@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.9])
def test_the_threshold_decides_and_a_score_that_reaches_it_is_tagged(threshold: float) -> None:
    score = judged(TITLE, TEXT).score
    assert judged(TITLE, TEXT, dataclasses.replace(TOPIC, threshold=score)).tagged
    assert not judged(TITLE, TEXT, dataclasses.replace(TOPIC, threshold=min(1.0, score + 0.0001))).tagged
    everything_but_a_line = dataclasses.replace(MIDDLE, subject=1.0, likeness=1.0, met=0.0)
    assert score_of(everything_but_a_line, dataclasses.replace(TOPIC, threshold=threshold)) < threshold


MIDDLE = Signals(**dict.fromkeys(SIGNAL_NAMES, 0.5))


@pytest.mark.parametrize("name", ["subject", "met", "opening_met", "stretches_met", "likeness"])
def test_what_speaks_for_a_topic_without_a_model_raises_its_score(name: str) -> None:
    assert score_of(dataclasses.replace(MIDDLE, **{name: 0.6}), TOPIC) > score_of(MIDDLE, TOPIC)
    assert score_of(dataclasses.replace(MIDDLE, against=0.6), TOPIC) < score_of(MIDDLE, TOPIC)


def test_the_weights_of_a_model_take_the_place_of_those_that_all_topics_share() -> None:
    model = Model(-1.0, (("title_share", 2.0), ("against", -3.0)))
    modelled = dataclasses.replace(TOPIC, model=model)
    assert score_of(MIDDLE, modelled) == round(1 / (1 + math.exp(1.5)), 4)
    assert score_of(dataclasses.replace(MIDDLE, likeness=1.0), modelled) == score_of(MIDDLE, modelled)
    assert modelled.digest != TOPIC.digest


def test_a_story_that_nowhere_mentions_the_subject_has_no_signals_to_train_on() -> None:
    assert signals_of("Strike", "A picket at the gate.", TOPIC) is None
    found = signals_of(TITLE, TEXT, TOPIC)
    assert found == shown(TITLE, TEXT)


def test_evidence_holds_the_first_three_different_phrases_of_a_group_in_each_field() -> None:
    text = "Dockers, dockers, stevedores, harbour workers and crane drivers on strike."
    phrases = [part.phrase for part in judged("Strike", text).evidence if part.field == "text"]
    assert phrases == ["Dockers", "stevedores", "harbour workers", "strike"]
    assert PHRASES_PER_GROUP == 3


def test_what_speaks_against_is_no_evidence_but_told_apart() -> None:
    score = judged(TITLE, TEXT + " Later: bowling.")
    assert "bowling" not in {part.phrase for part in score.evidence}
    assert [(part.phrase, part.field) for part in score.against] == [("bowling", "text")]


def test_a_score_carries_the_digest_of_the_rules_behind_it() -> None:
    stricter = dataclasses.replace(TOPIC, threshold=0.9)
    assert judged(TITLE, TEXT).rules == TOPIC.digest != stricter.digest == judged(TITLE, TEXT, stricter).rules
    assert judged("", "").rules == TOPIC.digest


def test_topics_that_share_their_rules_keep_their_own_thresholds_and_models() -> None:
    others = (
        dataclasses.replace(TOPIC, id="strict", threshold=1.0),
        dataclasses.replace(TOPIC, id="sure", model=Model(9.0, ())),
    )
    together = tag(TITLE, TEXT, (TOPIC, *others))
    assert together == tuple(tag(TITLE, TEXT, (topic,))[0] for topic in (TOPIC, *others))
    assert [score.tagged for score in together] == [True, False, True]


def test_changed_rules_of_a_topic_are_used_at_once() -> None:
    stricter = dataclasses.replace(TOPIC, subject=(("town", 1.0),))
    assert judged("Dockers strike", "Dockers on strike.").tagged
    assert not judged("Dockers strike", "Dockers on strike.", stricter).tagged


def test_only_the_beginning_of_a_huge_text_and_headline_is_read() -> None:
    text = "word " * (LONGEST_TEXT // 5) + "dockers on strike in Portvale " * 1000
    assert judged("", text).evidence == ()
    assert judged("w " * LONGEST_TITLE + "dockers strike", "").evidence == ()


@pytest.mark.parametrize("piece", ["dockers strike ", "ו", "a", "\u0301", " ", "\n", "dockers-"])
def test_a_megabyte_of_anything_is_answered(piece: str) -> None:
    score = judged(piece * (1_000_000 // len(piece)), piece * (1_000_000 // len(piece)))
    assert 0 <= score.score <= 1
    assert len(score.evidence) <= 2 * 3 * PHRASES_PER_GROUP


PIECES = st.one_of(
    st.sampled_from(
        [phrase for group in (*TOPIC.groups, *TOPIC.against) for phrase in group.phrases]
        + [
            "DOCKERS",
            "do\u00adckers",
            "Portvale’s",
            "لعمال الميناء",
            "و\u200eعمال\u200cالميناء",
            "picket\n",
            "\ud800",
            "🚢",
            "_",
        ]
    ),
    st.text(max_size=4),
)
TEXTS = st.lists(PIECES, max_size=40).flatmap(
    lambda pieces: st.sampled_from([" ", "", "-", ", ", "\n", ". "]).map(lambda glue: glue.join(pieces))
)


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
