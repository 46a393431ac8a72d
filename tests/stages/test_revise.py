"""What a new telling does to a story."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.revise import Revision, begin, held_back, join, revise
from tests.support.exchanges import NOON
from tests.support.stories import OFF_TOPIC, story, telling

LATER = NOON + timedelta(hours=1)


def test_the_first_telling_is_version_and_revision_one() -> None:
    begun = begin("a", telling(), NOON)
    assert begun == Revision(story("a"), "created", changed=True, new_version=True)


def test_the_same_telling_again_changes_nothing() -> None:
    before = story()
    assert revise(before, telling(), LATER) == Revision(before, "unchanged", changed=False, new_version=False)


def test_another_text_is_a_new_version() -> None:
    after = revise(story(), telling(text="Ten rockets fell."), LATER)
    assert (after.outcome, after.changed, after.new_version) == ("updated", True, True)
    assert (after.story.text, after.story.version, after.story.revision) == ("Ten rockets fell.", 2, 2)
    assert after.story.updated_at == LATER
    assert after.story.first_seen_at == NOON


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Another headline"},
        {"summary": "Another summary"},
        {"authors": ("Ben Example",)},
        {"language": "de"},
        {"published_at": NOON - timedelta(hours=1)},
        {"topics": (OFF_TOPIC,)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_anything_but_the_text_is_a_new_revision_of_the_same_version(change: dict[str, Any]) -> None:
    after = revise(story(), telling(**change), LATER)
    assert (after.outcome, after.changed, after.new_version) == ("updated", True, False)
    assert (after.story.version, after.story.revision, after.story.updated_at) == (1, 2, LATER)
    assert {name: getattr(after.story, name) for name in change} == change


@pytest.mark.parametrize(
    "missing",
    [{"title": ""}, {"text": ""}, {"authors": ()}, {"language": None}, {"published_at": None}],
    ids=lambda missing: next(iter(missing)),
)
def test_what_a_telling_does_not_know_is_kept(missing: dict[str, Any]) -> None:
    assert revise(story(), telling(**missing), LATER).story == story()


def test_the_words_of_a_feed_never_replace_the_text_of_a_page() -> None:
    told = telling(content_source="feed", text="Shorter.", title="Other", summary="Other")
    assert revise(story(content_source="page"), told, LATER).changed is False


def test_a_page_replaces_the_words_of_a_feed_whichever_feed_led_to_it() -> None:
    for feed_id in ("example-defence", "another"):
        after = revise(story(content_source="feed"), telling(feed_id=feed_id, text="Whole."), LATER)
        assert (after.story.text, after.story.content_source, after.new_version) == ("Whole.", "page", True)


def test_the_first_feed_may_change_its_own_words() -> None:
    after = revise(story(content_source="feed"), telling(content_source="feed", text="More."), LATER)
    assert (after.story.text, after.outcome) == ("More.", "updated")


def test_the_words_of_another_feed_only_make_it_one_more_source() -> None:
    told = telling(feed_id="another", content_source="feed", text="Other words.", title="Other", summary="Other")
    after = revise(story(content_source="feed"), told, LATER)
    assert after.story == story(content_source="feed", sources=("example-defence", "another"), revision=2)
    assert (after.outcome, after.changed, after.new_version) == ("unchanged", True, False)


def test_another_feed_leaves_summary_and_publication_of_the_first() -> None:
    told = telling(feed_id="another", text="Whole.", summary="Other", published_at=NOON)
    after = revise(story(), told, LATER).story
    assert (after.summary, after.published_at) == (story().summary, story().published_at)
    assert after.sources == ("example-defence", "another")


def test_a_feed_is_a_source_once() -> None:
    before = story(sources=("example-defence", "another"))
    assert revise(before, telling(feed_id="another"), LATER).story == before


def test_joining_adds_a_source_and_a_revision_but_is_no_update_of_the_story() -> None:
    joined = join(story(), "another")
    assert joined.story == story(sources=("example-defence", "another"), revision=2)
    assert (joined.outcome, joined.changed, joined.new_version) == ("unchanged", True, False)


def test_joining_twice_changes_nothing() -> None:
    before = story()
    assert join(before, "example-defence") == Revision(before, "unchanged", changed=False, new_version=False)


tellings = st.builds(
    telling,
    feed_id=st.sampled_from(["example-defence", "another", "third"]),
    content_source=st.sampled_from(["page", "feed"]),
    text=st.sampled_from(["", "one", "two"]),
    title=st.sampled_from(["", "this", "that"]),
)


@given(st.lists(tellings, min_size=1, max_size=8))
def test_revision_counts_every_change_and_version_every_change_of_the_text(told: list[Any]) -> None:
    current = begin("a", told[0], NOON).story
    for item in told[1:]:
        after = revise(current, item, LATER)
        assert after.changed == (after.story != current) == (after.story.revision == current.revision + 1)
        assert after.new_version == (after.story.text != current.text)
        assert after.story.version == current.version + after.new_version
        assert not (current.content_source == "page" and after.story.content_source == "feed")
        assert revise(after.story, item, LATER).changed is False
        current = after.story


def test_a_second_text_within_the_hour_waits_and_the_rest_is_told_at_once() -> None:
    soon = NOON + timedelta(minutes=20)
    held = held_back(story(), telling(text="Ten rockets fell.", title="Ten rockets"), NOON, True, soon)
    assert held is not None
    assert held.until == NOON + timedelta(hours=1)
    after = revise(story(), held.telling, soon)
    assert (after.story.text, after.story.title, after.new_version) == (story().text, "Ten rockets", False)


@pytest.mark.parametrize(
    ("before", "change"),
    [
        ({}, {"text": story().text}),
        ({"content_source": "feed"}, {"text": "Ten rockets fell."}),
        ({}, {"text": "Ten rockets fell.", "content_source": "feed"}),
    ],
    ids=["the same text", "the page in place of the feed's words", "the feed's words beside a page"],
)
def test_what_does_not_wait(before: dict[str, Any], change: dict[str, Any]) -> None:
    assert held_back(story(**before), telling(**change), NOON, True, NOON) is None


def test_an_hour_later_the_text_is_told() -> None:
    assert held_back(story(), telling(text="Ten rockets fell."), NOON, True, LATER) is None


def test_a_counter_in_the_margin_is_no_new_text_unless_the_rules_have_changed() -> None:
    moved = telling(text=f"{story().text}\n1,234 views")
    held = held_back(story(), moved, NOON, True, LATER)
    assert held is not None
    assert held.until is None
    assert not revise(story(), held.telling, LATER).changed
    assert held_back(story(), moved, NOON, False, LATER) is None
