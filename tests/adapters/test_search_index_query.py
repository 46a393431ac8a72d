"""What a search finds, in which order, and what it shows of it. A case is a row."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from pipeline.adapters.search_index.client import SearchIndex
from pipeline.adapters.search_index.records import SearchQuery
from pipeline.model import TopicScore
from pipeline.stages.document import document
from tests.conftest import Request
from tests.support.exchanges import NOON
from tests.support.stories import OFF_TOPIC, story

LATER = NOON + timedelta(days=3)


def published(hours: int, **changes: Any) -> dict[str, Any]:
    return {"published_at": NOON + timedelta(hours=hours), "updated_at": LATER, "summary": ""} | changes


STORIES = {
    "rockets": published(
        -1,
        title="Hezbollah fires rockets at border towns",
        text="Sirens sounded before dawn.\nNobody was hurt, the army said.",
        sources=("wire", "daily"),
    ),
    "talks": published(
        -5,
        title="Talks in Cairo end without a deal",
        text="The negotiators met to discuss a cease fire. Rockets were not on the agenda.",
        sources=("daily",),
    ),
    "fire": published(
        -9,
        title="Crews cease work as forest fire spreads",
        text="The fire brigade was called on Monday.",
        topics=(OFF_TOPIC, TopicScore("israel-hezbollah", 0.1, False)),
        sources=("local",),
    ),
    "copy": published(-2, title="Rockets fired at border towns", cluster_id="rockets", copy_of="rockets"),
    "markup": published(
        -20, title="Budget <b>talks</b> & more", text="A tank " + "rolled past the gate. " * 60 + "The end of tanks."
    ),
}


@pytest.fixture(scope="module")
def filled(elasticsearch_url: str, elasticsearch: Request) -> Iterator[SearchIndex]:
    """One index with all ``STORIES`` for the whole file; nothing here writes."""
    with SearchIndex(elasticsearch_url, prefix="test-query") as index:
        index.setup()
        sent = [document(story(story_id, **changes)) for story_id, changes in STORIES.items()]
        assert {answer.outcome for answer in index.deliver(sent)} == {"indexed"}
        index.refresh()
        yield index
    elasticsearch("DELETE", "/test-query-v1,test-query-runs,test-query-feeds,test-query-alerts")
    elasticsearch("DELETE", "/_index_template/test-query*")


def ids(index: SearchIndex, text: str = "", **asked: Any) -> list[str]:
    return [hit.id for hit in index.search(SearchQuery(text, **asked)).hits]


NEWEST_FIRST = ["rockets", "talks", "fire", "markup"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", NEWEST_FIRST),
        ("   ", NEWEST_FIRST),
        ("rocket", ["rockets", "talks"]),  # another form of the word; the title counts more
        ("ROCKETS", ["rockets", "talks"]),
        ("negotiator discussing", ["talks"]),  # all words, each in any form
        ("rockets sirens", ["rockets"]),
        ("rockets brigade", []),
        ("rockets | brigade", ["rockets", "talks", "fire"]),
        ("fire", ["rockets", "talks", "fire"]),
        ('"cease fire"', ["talks"]),  # side by side, not just both
        ('"ceases fire"', []),  # a phrase is to the letter
        ('"rockets" -cairo', ["rockets"]),
        ("the rockets", ["rockets", "talks"]),  # stop words ask for nothing
        ("negot*", ["talks"]),
        ('"unclosed ((', []),  # no syntax errors
        ("title:rockets", []),  # no way to other fields
    ],
)
def test_words_find(filled: SearchIndex, text: str, found: list[str]) -> None:
    assert sorted(ids(filled, text)) == sorted(found)


def test_without_words_the_newest_come_first(filled: SearchIndex) -> None:
    assert ids(filled) == NEWEST_FIRST


def test_with_words_the_best_come_first_though_older(filled: SearchIndex) -> None:
    assert ids(filled, "fire")[0] == "fire"
    assert ids(filled, "rockets") == ["rockets", "talks"]


def at(hours: int) -> datetime:
    return NOON + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"topic": "israel-hezbollah"}, ["rockets", "talks", "markup"]),
        ({"topic": "sahel"}, []),
        ({"topic": "unknown"}, []),
        ({"source": "daily"}, ["rockets", "talks"]),  # brought first or later
        ({"source": "wire"}, ["rockets"]),
        ({"since": at(-5)}, ["rockets", "talks"]),  # inclusive
        ({"since": at(-5) + timedelta(seconds=1)}, ["rockets"]),
        ({"until": at(-5)}, ["talks", "fire", "markup"]),
        ({"since": at(-9), "until": at(-5)}, ["talks", "fire"]),
        ({"topic": "israel-hezbollah", "source": "daily", "until": at(-2)}, ["talks"]),
        ({"copies": True}, ["rockets", "copy", "talks", "fire", "markup"]),
        ({"size": 2}, ["rockets", "talks"]),
    ],
)
def test_filters_keep(filled: SearchIndex, asked: dict[str, Any], found: list[str]) -> None:
    assert ids(filled, **asked) == found


def test_the_total_counts_what_is_not_shown(filled: SearchIndex) -> None:
    result = filled.search(SearchQuery(size=1))
    assert (result.total, len(result.hits)) == (4, 1)


def test_matched_words_are_marked_in_title_and_text(filled: SearchIndex) -> None:
    first, second = filled.search(SearchQuery("rocket")).hits
    assert [found.field for found in first.highlights] == ["title"]
    assert first.highlights[0].marked == "Hezbollah fires \ue000rockets\ue001 at border towns"
    assert second.highlights[0].field == "text"
    assert "\ue000Rockets\ue001" in second.highlights[0].marked
    assert second.highlights[0].plain in STORIES["talks"]["text"]


def test_a_phrase_is_marked_as_typed_though_words_match_by_stem_elsewhere(filled: SearchIndex) -> None:
    (hit,) = filled.search(SearchQuery('"cease fire"')).hits
    marked = "".join(found.marked for found in hit.highlights)
    assert "\ue000cease\ue001" in marked or "\ue000cease fire\ue001" in marked
    assert "\ue000Rockets" not in marked


def test_snippets_are_short_and_at_most_two(filled: SearchIndex) -> None:
    (hit,) = filled.search(SearchQuery("tank")).hits
    assert len(hit.highlights) == 2
    assert all(len(found.plain) < 300 for found in hit.highlights)


def test_markup_of_a_title_comes_back_as_it_is(filled: SearchIndex) -> None:
    (hit,) = filled.search(SearchQuery("budget")).hits
    assert hit.highlights[0].plain == hit.document["title"] == "Budget <b>talks</b> & more"


def test_texts_can_be_left_out_and_are_searched_and_shown_all_the_same(filled: SearchIndex) -> None:
    hits = filled.search(SearchQuery("sirens", with_text=False)).hits
    assert [hit.id for hit in hits] == ["rockets"]
    assert "text" not in hits[0].document
    assert "\ue000Sirens\ue001" in hits[0].highlights[0].marked


def test_scores_are_there_with_and_without_words(filled: SearchIndex) -> None:
    assert all(hit.score > 0 for hit in filled.search(SearchQuery("rockets")).hits)
    assert all(hit.score == 1.0 for hit in filled.search(SearchQuery()).hits)
