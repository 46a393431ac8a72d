"""Which validators a feed is asked with, how it is called, and what of it is kept."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest
from pydantic import TypeAdapter

from pipeline.model import FetchFailure
from pipeline.stages.feed_state import FeedState, feed_status, validators
from pipeline.stages.schedule import after_failure
from tests.support.exchanges import FEED_URL, NOON, exchange
from tests.support.feed_states import (
    DAY,
    FEED,
    GONE,
    HOUR,
    NOT_FOUND,
    ODD_DATE,
    ODD_ETAG,
    UNREADABLE,
    document,
    failed,
    failure,
    not_modified,
)

# validators


def test_validators_go_back_byte_for_byte_and_both_together() -> None:
    assert validators(document(), FEED_URL) == {"If-None-Match": ODD_ETAG, "If-Modified-Since": ODD_DATE}


def test_nothing_known_means_no_validators() -> None:
    assert validators(None, FEED_URL) == {}
    assert validators(FeedState("example", FEED_URL), FEED_URL) == {}


@pytest.mark.parametrize("stated", [{"etag": '"x"'}, {"last_modified": ODD_DATE}])
def test_one_validator_alone_goes_back_alone(stated: dict[str, str]) -> None:
    assert list(validators(document(answer=exchange(**stated)), FEED_URL).values()) == list(stated.values())


def test_validators_go_only_to_the_address_that_gave_them() -> None:
    moved = document(answer=exchange(url="https://cdn.example.org/f", requested_url=FEED_URL, etag='"x"'))
    assert validators(moved, FEED_URL) == {}
    assert validators(moved, "https://cdn.example.org/f") == {"If-None-Match": '"x"'}


def test_a_feed_with_another_address_loses_validators_digest_and_failures() -> None:
    old = replace(document(), failures=3, ttl=DAY, gap=HOUR)
    other = replace(FEED, url="https://example.org/new")
    for state in (
        not_modified(old, feed=other),
        after_failure(other, old, now=NOON, failure=failure()),
    ):
        assert (state.url, state.etag, state.last_modified, state.validators_url) == (other.url, None, None, None)
        assert (state.body_digest, state.ttl) == (None, None)
        assert state.failures <= 1
        assert state.last_new_at == old.last_new_at


def test_a_document_replaces_the_validators_even_by_none() -> None:
    state = document(document(), answer=exchange())
    assert (state.etag, state.last_modified) == (None, None)
    assert validators(state, FEED_URL) == {}


def test_a_304_keeps_the_validators() -> None:
    assert validators(not_modified(document()), FEED_URL) == validators(document(), FEED_URL)
    assert not_modified(document()).body_digest == "d1"


def test_a_304_takes_the_new_validators_that_it_carries() -> None:
    state = not_modified(document(), etag='"new"')
    assert validators(state, FEED_URL) == {"If-None-Match": '"new"', "If-Modified-Since": ODD_DATE}


def test_validators_are_saved_also_when_the_bytes_are_the_same() -> None:
    state = not_modified(document(), status=200, etag='"new"')
    assert validators(state, FEED_URL) == {"If-None-Match": '"new"'}
    assert state.body_digest == "d1"


@pytest.mark.parametrize("what", [failure(503, etag='"bad"'), UNREADABLE, NOT_FOUND, GONE])
def test_a_failure_keeps_the_validators_of_the_last_document_read(what: FetchFailure) -> None:
    state = failed(document(), what)
    assert validators(state, FEED_URL) == validators(document(), FEED_URL)
    assert state.body_digest == "d1"


def test_a_validator_that_cannot_be_sent_back_as_it_came_is_not_kept() -> None:
    state = document(answer=exchange(etag='"caf\udce9"', last_modified=ODD_DATE))
    assert validators(state, FEED_URL) == {"If-Modified-Since": ODD_DATE}


# status


def test_each_status_has_its_word() -> None:
    assert feed_status(FEED, None, NOON) == "never"
    assert feed_status(FEED, FeedState("example", FEED_URL), NOON) == "never"
    assert feed_status(replace(FEED, enabled=False), document(), NOON) == "disabled"
    assert feed_status(FEED, document(), NOON) == "ok"
    assert feed_status(FEED, failed(document()), NOON) == "failing"
    assert feed_status(FEED, failed(document(), GONE), NOON) == "gone"
    assert feed_status(replace(FEED, url="https://example.org/new"), document(), NOON) == "never"


def test_a_feed_is_silent_after_four_times_its_usual_gap() -> None:
    state = document(document(), now=NOON + HOUR)
    assert feed_status(FEED, state, NOON + 5 * HOUR) == "ok"
    assert feed_status(FEED, state, NOON + 5 * HOUR + timedelta(minutes=1)) == "silent"


def test_a_feed_that_has_brought_news_once_is_given_weeks() -> None:
    assert feed_status(FEED, document(), NOON + 28 * DAY) == "ok"
    assert feed_status(FEED, document(), NOON + 29 * DAY) == "silent"
    assert feed_status(FEED, document(seen=0, known=0), NOON + 29 * DAY) == "silent"


def test_a_feed_that_sleeps_at_night_is_not_silent_every_night() -> None:
    state, now = document(), NOON
    for pause in (HOUR, 10 * HOUR, HOUR, HOUR, HOUR):
        now += pause
        state = document(state, now=now)
    assert feed_status(FEED, state, now + 10 * HOUR) == "ok"
    assert feed_status(FEED, state, now + 3 * DAY) == "silent"


# rows


def test_a_state_survives_its_row() -> None:
    rows = TypeAdapter(FeedState)
    for state in (document(document(), ttl=HOUR, now=NOON + HOUR), failed(document(), GONE), failed(None, UNREADABLE)):
        assert rows.validate_python(rows.dump_python(state, mode="json")) == state


def test_rows_of_older_programs_load() -> None:
    assert TypeAdapter(FeedState).validate_python({"feed_id": "a", "url": "https://example.org"}) == FeedState(
        "a", "https://example.org"
    )
    assert [field.name for field in fields(FeedState)][:2] == ["feed_id", "url"]


def test_a_new_state_knows_of_no_trouble() -> None:
    new = FeedState("example", FEED_URL)
    assert not (new.failures or new.unreadable or new.gone or new.ask_whole or new.last_problem)
