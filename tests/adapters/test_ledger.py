"""The ledger on a real SQLite file and a real PostgreSQL: transactions, and what its statements promise."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.adapters.ledger import entries, feeds, outbox, runs, stories
from pipeline.adapters.ledger.database import Ledger
from pipeline.adapters.ledger.entries import SightedEntry
from pipeline.adapters.ledger.runs import Run
from pipeline.model import Entry, RobotsFile
from pipeline.stages.feed_state import FeedState
from pipeline.stages.identify import story_id
from pipeline.stages.revise import Telling, begin, revise
from pipeline.stages.sight import sight

NOW = datetime(2024, 10, 21, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def entry(number: int) -> Entry:
    return Entry(f"guid-{number}", f"https://example.org/{number}", f"Title {number}", "Some summary.")


def sighted(ledger: Ledger, *numbers: int, run: str = "run-1", now: datetime = NOW) -> list[entries.OpenEntry]:
    with ledger.write() as connection:
        keys = [f"guid-{number}" for number in numbers]
        known = entries.remembered(connection, "feed", keys)
        items = [
            SightedEntry(
                key, entry(n).url, entry(n), "d" * 64, sight(known.get(key), "d" * 64, None, now), None, known.get(key)
            )
            for key, n in zip(keys, numbers, strict=True)
        ]
        return entries.record(connection, "feed", items, run, now)


def telling(text: str = "One line of the story.", feed: str = "feed") -> Telling:
    return Telling(feed, "https://example.org/1", "Title", text, "", (), "en", NOW, "page", (), (), "r" * 64)


def saved(ledger: Ledger, revision: object, told: Telling) -> None:
    with ledger.write() as connection:
        stories.save(connection, revision, told, "run-1", NOW, None)  # type: ignore[arg-type]


def test_characters_that_databases_refuse_do_no_harm(ledger: Ledger) -> None:
    told = telling("A line with \0 and \ud800 in it.")
    saved(ledger, begin(story_id("https://example.org/1"), told, NOW), told)
    with ledger.read() as connection:
        (story,) = outbox.batch(connection, "", 10)
    assert story.text == "A line with  and ? in it."


def test_a_transaction_that_fails_leaves_nothing(ledger: Ledger) -> None:
    with pytest.raises(RuntimeError), ledger.write() as connection:
        feeds.save_state(connection, FeedState("feed", "https://example.org/feed"))
        raise RuntimeError("in the middle")
    with ledger.read() as connection:
        assert feeds.states(connection) == {}


def test_writers_wait_for_each_other_instead_of_failing(ledger: Ledger) -> None:
    def write(number: int) -> None:
        for step in range(10):
            with ledger.write() as connection:
                before = feeds.states(connection)
                feeds.save_state(connection, FeedState(f"feed-{number}-{step}", "u", failures=len(before)))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with ledger.read() as connection:
        states = feeds.states(connection)
    assert sorted(state.failures for state in states.values()) == list(range(40))


def test_a_time_without_a_zone_is_refused(ledger: Ledger) -> None:
    naive = datetime(2024, 10, 21, 12)
    with pytest.raises(Exception, match="without a zone"), ledger.write() as connection:
        feeds.save_robots(connection, [RobotsFile("https://example.org", naive, 200, b"")])


def test_a_feed_state_comes_back_as_it_went_in(ledger: Ledger) -> None:
    state = FeedState("feed", "https://example.org/f", etag='W/"x"', next_due_at=LATER, gap=timedelta(minutes=20))
    with ledger.write() as connection:
        feeds.save_state(connection, state)
        feeds.save_state(connection, state)
    with ledger.read() as connection:
        assert feeds.states(connection) == {"feed": state}


def test_a_new_entry_is_pending_and_opened_until_it_is_settled(ledger: Ledger) -> None:
    opened = sighted(ledger, 1, 2)
    assert [item.entry.guid for item in opened] == ["guid-1", "guid-2"]
    with ledger.write() as connection:
        assert entries.states(connection) == {"pending": 2}
        entries.settle(connection, opened[0].id, "run-1", state="stored", outcome="created", story="s" * 32)
        assert entries.states(connection) == {"pending": 1, "stored": 1}
        assert entries.outcomes(connection, "run-1") == ({"created": 1, "pending": 1}, {})


def test_an_entry_seen_again_unchanged_keeps_its_row_and_opens_no_work(ledger: Ledger) -> None:
    (opened,) = sighted(ledger, 1)
    with ledger.write() as connection:
        entries.settle(connection, opened.id, "run-1", state="stored", outcome="created", story="s" * 32)
    assert sighted(ledger, 1, run="run-2", now=LATER) == []
    with ledger.read() as connection:
        assert entries.total(connection) == 1
        assert entries.outcomes(connection, "run-1")[0] == {"created": 1}


def test_waiting_entries_are_claimed_once_their_time_has_come(ledger: Ledger) -> None:
    first, second = sighted(ledger, 1, 2)
    with ledger.write() as connection:
        for opened, retry_at in ((first, LATER), (second, LATER + timedelta(hours=1))):
            entries.settle(
                connection, opened.id, "run-1", state="pending", outcome="pending", retry_at=retry_at, attempts=1
            )
        assert entries.claim_waiting(connection, "run-2", NOW, ["feed"]) == []
        assert entries.claim_waiting(connection, "run-2", LATER, ["other"]) == []
        claimed = entries.claim_waiting(connection, "run-2", LATER, ["feed"])
        assert [(item.id, item.feed_id, item.url) for item in claimed] == [(first.id, "feed", first.entry.url)]
        assert [item.attempts for item in entries.load_open(connection, [first.id])] == [1]
        assert entries.outcomes(connection, "run-2") == ({}, {"pending": 1})


def test_an_interrupted_run_claims_its_own_entries_without_counting_them_as_retried(ledger: Ledger) -> None:
    sighted(ledger, 1)
    with ledger.write() as connection:
        assert len(entries.claim_waiting(connection, "run-1", NOW, ["feed"])) == 1
        assert entries.outcomes(connection, "run-1") == ({"pending": 1}, {})


def test_rows_that_contradict_themselves_are_found(ledger: Ledger) -> None:
    first, second, third = sighted(ledger, 1, 2, 3)
    with ledger.write() as connection:
        assert entries.broken_rows(connection) == []
        entries.settle(connection, first.id, "run-1", state="stored", outcome="created")
        entries.settle(connection, second.id, "run-1", state="pending", outcome="pending")
        entries.settle(connection, third.id, "run-1", state="failed", outcome="failed")
        assert len(entries.broken_rows(connection)) == 3


def test_a_saved_story_comes_back_whole_and_waits_for_the_index(ledger: Ledger) -> None:
    revision = begin(story_id("https://example.org/1"), telling(), NOW)
    saved(ledger, revision, telling())
    with ledger.read() as connection:
        assert stories.load(connection, revision.story.id) == revision.story
        assert outbox.batch(connection, "", 10) == [revision.story]
        assert outbox.waiting(connection) == 1
        assert outbox.delivery_of(connection, revision.story.id)["state"] == "waiting"


def test_an_address_that_leads_to_a_story_goes_on_leading_to_it(ledger: Ledger) -> None:
    ids = [story_id(f"https://example.org/{name}") for name in ("one", "other")]
    with ledger.write() as connection:
        stories.link(connection, {ids[0]}, ids[0])
        stories.link(connection, set(ids), ids[1])
        assert [stories.behind_url(connection, url_id) for url_id in ids] == ids


def test_only_a_changed_text_makes_a_version(ledger: Ledger) -> None:
    first = begin(story_id("https://example.org/1"), telling(), NOW)
    saved(ledger, first, telling())
    other_feed = revise(first.story, telling(feed="second"), LATER)
    saved(ledger, other_feed, telling(feed="second"))
    other_text = revise(other_feed.story, telling("Another line of it."), LATER)
    saved(ledger, other_text, telling("Another line of it."))
    with ledger.read() as connection:
        told = stories.versions_of(connection, first.story.id)
        assert [(row["version"], row["text"]) for row, _ in told] == [
            (1, "One line of the story."),
            (2, "Another line of it."),
        ]
        assert list(stories.all_revisions(connection)) == [(first.story.id, 3, 2)]


def test_a_row_of_the_outbox_goes_only_with_the_revision_that_arrived(ledger: Ledger) -> None:
    first = begin(story_id("https://example.org/1"), telling(), NOW)
    saved(ledger, first, telling())
    saved(ledger, revise(first.story, telling("Another line."), LATER), telling("Another line."))
    with ledger.write() as connection:
        outbox.accepted(connection, [(first.story.id, 1)], NOW)
        assert outbox.waiting(connection) == 1
        outbox.accepted(connection, [(first.story.id, 2)], NOW)
        assert outbox.waiting(connection) == 0
        assert outbox.delivery_of(connection, first.story.id)["indexed_revision"] == 2


def test_a_dead_letter_rests_until_its_story_changes(ledger: Ledger) -> None:
    first = begin(story_id("https://example.org/1"), telling(), NOW)
    saved(ledger, first, telling())
    with ledger.write() as connection:
        outbox.refused(connection, first.story.id, 1, "mapper_parsing_exception", dead=True)
        assert outbox.waiting(connection) == 0
        assert outbox.dead_letters(connection, 10) == [("https://example.org/1", "mapper_parsing_exception")]
    saved(ledger, revise(first.story, telling("Another line."), LATER), telling("Another line."))
    with ledger.read() as connection:
        assert (outbox.waiting(connection), outbox.dead_letters(connection, 10)) == (1, [])


def test_stories_are_read_in_pages_of_any_size(ledger: Ledger) -> None:
    for number in range(7):
        told = telling(f"Text number {number}.")
        saved(ledger, begin(story_id(f"https://example.org/{number}"), told, NOW), told)
    with ledger.read() as connection:
        assert len(list(stories.all_revisions(connection, page=3))) == 7


def test_a_run_adds_up_what_its_steps_took(ledger: Ledger) -> None:
    with ledger.write() as connection:
        runs.open_run(connection, Run("run-1", NOW, True, NOW, 3, 2, 0.0, 0))
        runs.add(connection, "run-1", seconds=1.5)
        runs.add(connection, "run-1", seconds=0.5, indexed=4)
        assert runs.load(connection, "run-1") == Run("run-1", NOW, True, NOW, 3, 2, 2.0, 4)
        assert runs.load(connection, "unknown") is None
