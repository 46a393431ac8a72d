"""The document in Elasticsearch: exactly the fields of the contract."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from pipeline.stages.document import Copies, document, iso, timestamp
from tests.support.exchanges import NOON
from tests.support.stories import OFF_TOPIC, ON_TOPIC, story

# ``indexed_at`` is added by delivery, which alone knows the moment.
FIELDS = {
    "url",
    "title",
    "text",
    "summary",
    "authors",
    "language",
    "source",
    "sources",
    "published_at",
    "@timestamp",
    "updated_at",
    "first_seen_at",
    "version",
    "revision",
    "content_source",
    "topics",
    "topic_scores",
    "topic_evidence",
    "cluster_id",
    "copy_of",
}


def test_a_story_has_exactly_the_fields_of_the_contract() -> None:
    assert set(document(story(copy_of="b"))) == FIELDS | {"_id"}


def test_what_is_unknown_is_left_out_and_never_invented() -> None:
    bare = document(story(published_at=None, language=None, summary="", copy_of=None))
    assert FIELDS - set(bare) == {"published_at", "language", "summary", "copy_of"}
    assert None not in bare.values()


def test_every_field_says_what_the_story_says() -> None:
    told = story("a", sources=("first", "second"), version=2, revision=5, cluster_id="c", copy_of="b")
    assert document(told) == {
        "_id": "a",
        "url": "https://example.org/a",
        "title": "Hezbollah fires rockets",
        "text": "Rockets fell.\nNobody was hurt.",
        "summary": "Rockets fell.",
        "authors": ["Ada Example"],
        "language": "en",
        "source": "first",
        "sources": ["first", "second"],
        "published_at": "2024-10-21T10:00:00Z",
        "@timestamp": "2024-10-21T10:00:00Z",
        "updated_at": "2024-10-21T12:00:00Z",
        "first_seen_at": "2024-10-21T12:00:00Z",
        "version": 2,
        "revision": 5,
        "content_source": "page",
        "topics": ["israel-hezbollah"],
        "topic_scores": {"israel-hezbollah": 0.91, "sahel": 0.02},
        "topic_evidence": ["Hezbollah"],
        "cluster_id": "c",
        "copy_of": "b",
    }


def test_a_head_tells_how_many_copies_it_has_and_names_their_feeds_after_its_own() -> None:
    head = story("a", sources=("first", "second"))
    told = document(head, Copies(3, ("third", "first")))
    assert told == document(head) | {"copies": 3, "sources": ["first", "second", "third"]}
    assert told["source"] == "first"


def test_only_tagged_topics_stand_under_topics_and_every_one_has_its_score() -> None:
    made = document(story(topics=(OFF_TOPIC,)))
    assert (made["topics"], made["topic_scores"]) == ([], {"sahel": 0.02})


def test_a_phrase_is_evidence_once() -> None:
    twice = replace(ON_TOPIC, evidence=(*ON_TOPIC.evidence, *ON_TOPIC.evidence))
    assert document(story(topics=(twice, ON_TOPIC)))["topic_evidence"] == ["Hezbollah"]


def test_the_timestamp_is_the_publication_if_known() -> None:
    assert timestamp(story(published_at=NOON - timedelta(days=9))) == NOON - timedelta(days=9)
    assert timestamp(story(published_at=None, first_seen_at=NOON)) == NOON


def test_a_publication_in_the_future_is_no_timestamp_until_a_later_round_sees_the_story_again() -> None:
    tomorrow = NOON + timedelta(days=1)
    assert timestamp(story(published_at=tomorrow, updated_at=NOON)) == NOON
    assert timestamp(story(published_at=tomorrow, updated_at=tomorrow)) == tomorrow


def test_a_replay_on_an_earlier_clock_keeps_the_publication() -> None:
    told = story(published_at=NOON - timedelta(hours=1), first_seen_at=NOON, updated_at=NOON - timedelta(hours=3))
    assert timestamp(told) == NOON - timedelta(hours=1)


def test_times_are_utc_with_z() -> None:
    assert iso(datetime(2024, 10, 21, 14, tzinfo=timezone(timedelta(hours=2)))) == "2024-10-21T12:00:00Z"
    assert iso(datetime(2024, 10, 21, 12, 0, 0, 500000, tzinfo=UTC)) == "2024-10-21T12:00:00.500000Z"
