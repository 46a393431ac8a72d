"""A topic out of one story, and likeness against news at large."""

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.config.background import load_background
from pipeline.stages.tag import tag
from pipeline.stages.tag.background import NO_BACKGROUND, Background, likeness, telling_words
from pipeline.stages.tag.draft import draft
from pipeline.stages.tag.words import Words

NEWS = Background(1000, {"minister": 200, "said": 500, "talks": 60, "london": 90, "strike": 40, "strikes": 30})
TEXT = (
    "Ministers met in London, and Edda Quillam spoke for the dockers of Portvale. The strike in Portvale went on.\n"
    "In London the talks ended; Edda Quillam and the union met again in Portvale on Monday."
)


def test_rare_names_make_the_subject_and_common_ones_the_parties() -> None:
    topic = draft("harbour", "Dockers hold out", TEXT, NEWS)
    assert topic is not None
    groups = {group.name: group.phrases for group in topic.groups}
    assert groups["actors"] == ("Edda Quillam",)
    assert groups["places"] == ("Portvale",)
    assert groups["parties"] == ("London",)
    assert {"dockers", "strike", "strikes"} <= set(groups["terms"])
    assert "Monday" not in str(groups)


def test_a_story_without_names_or_in_other_letters_makes_no_topic() -> None:
    assert draft("none", "rain", "it rains and rains, all day long.", NEWS) is None
    assert draft("none", "", "", NEWS) is None
    assert draft("none", "مرحبا", "قال الوزير إن الحكومة ستجتمع غدا.", NEWS) is None


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=60), st.lists(st.sampled_from([*TEXT.split(), "Öl", "\n", "’s", "\x00", "א"])).map(" ".join))
def test_a_drafted_topic_is_consistent_and_works(title: str, text: str) -> None:
    topic = draft("any", title, text, NEWS)
    if topic is None:
        return
    phrases = [" ".join(Words(phrase).forms) for group in topic.groups for phrase in group.phrases]
    assert len(phrases) == len(set(phrases))
    assert all(phrases)
    named = {group.name for group in topic.groups}
    assert {name for line in (topic.subject, *topic.together) for name, _ in line} <= named
    assert 0 <= tag(title, text, (topic,))[0].score <= 1


def test_shared_rare_words_make_stories_alike_and_are_the_reasons() -> None:
    one, near, far = (
        telling_words(Words(text).forms, NEWS)
        for text in ("Portvale dockers strike", "The dockers of Portvale said no", "the minister said talks strike")
    )
    assert likeness(one, one).score == 1.0
    assert likeness(one, near).score > likeness(one, far).score > 0
    assert [word for word, _ in likeness(one, near).reasons] == ["dockers", "portvale"]
    assert likeness({}, one).score == 0
    assert NO_BACKGROUND.share("any") == 0


def test_the_shipped_counts_know_common_words_from_rare_ones() -> None:
    news = load_background()
    assert news.documents > 50_000
    assert news.share("said") > news.share("dockers")
    assert 0 <= news.rarity("the") < news.rarity("minister") < news.rarity("dockers") <= 1
    assert all(word == "" or word.isalpha() for word in news.counts)
