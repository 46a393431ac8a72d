"""Rounds over a real site on loopback: every entry in one state, every sighting with one outcome."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from pipeline.adapters.archive import Archive
from pipeline.adapters.ledger.database import Ledger
from pipeline.adapters.ledger.schema import fetches
from pipeline.flows.textwork import PRELOAD
from pipeline.model import RecordRef
from tests.support.rounds import NOON, all_stories, collect_at, entry_states, outcomes, publish, settings_of
from tests.support.site import Reply, Site, item, open_site, page, rss, words


@pytest.fixture
def site() -> Iterator[Site]:
    with open_site() as opened:
        yield opened


def test_a_round_makes_a_story_of_every_entry(site: Site, tmp_path: Path) -> None:
    publish(site)
    settings = settings_of(tmp_path, [f"{site.url}/feed"])
    report = collect_at(settings)
    assert outcomes(report) == {"seen": 3, "created": 3}
    assert report.feeds == {"known": 1, "due": 1, "changed": 1, "not_modified": 0, "failed": 0}
    assert report.stories["waiting"] == 3
    first = all_stories(settings)[0]
    assert first.text == "\n".join((words(1), words(101)))
    assert (first.title, first.content_source, first.sources) == ("Story 1", "page", ("feed-1",))
    assert first.first_seen_at == NOON


def test_a_304_changes_nothing_and_asks_for_no_page(site: Site, tmp_path: Path) -> None:
    publish(site)
    settings = settings_of(tmp_path, [f"{site.url}/feed"])
    collect_at(settings)
    site.asked.clear()
    report = collect_at(settings, hours=1)
    assert outcomes(report) == {}
    assert report.feeds["not_modified"] == 1
    assert site.paths() == ["/feed"]


def test_a_document_that_comes_twice_is_archived_once_and_found_by_both_times(site: Site, tmp_path: Path) -> None:
    publish(site, count=1)
    site.replies["/feed"] = Reply(site.replies["/feed"].body, content_type="application/rss+xml")
    settings = settings_of(tmp_path, [f"{site.url}/feed"], full_text="feed")
    for hours in (0, 3):
        collect_at(settings, hours=hours)
    with Ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        rows = connection.execute(select(fetches).where(fetches.c.kind == "feed").order_by(fetches.c.id)).all()
    assert [(row.outcome, row.status) for row in rows] == [("changed", 200), ("not_modified", 200)]
    places = [RecordRef(row.file, row.offset) for row in rows]
    assert places[0] == places[1]
    assert Archive(settings.raw_archive_url).read(places[1]).body == site.replies["/feed"].body
    assert len(list((tmp_path / "archive").rglob("*.warc"))) == 1


def test_a_feed_without_validators_brings_nothing_twice(site: Site, tmp_path: Path) -> None:
    publish(site)
    site.replies["/feed"] = Reply(site.replies["/feed"].body, content_type="application/rss+xml")
    settings = settings_of(tmp_path, [f"{site.url}/feed"])
    collect_at(settings)
    site.asked.clear()
    assert outcomes(collect_at(settings, hours=1)) == {"seen": 3, "unchanged": 3}
    assert site.paths() == ["/feed"]


def test_a_feed_that_is_not_due_is_not_asked(site: Site, tmp_path: Path) -> None:
    publish(site)
    settings = settings_of(tmp_path, [f"{site.url}/feed"])
    collect_at(settings)
    site.asked.clear()
    assert collect_at(settings, hours=0.01).feeds["due"] == 0
    assert site.asked == []


def test_a_changed_entry_is_fetched_again_and_gets_a_new_version(site: Site, tmp_path: Path) -> None:
    publish(site)
    settings = settings_of(tmp_path, [f"{site.url}/feed"])
    collect_at(settings)
    site.replies["/story/1"] = page("Story 1", words(1), words(101), words(201))
    links = [item(f"{site.url}/story/{n}", f"Story {n}", summary=f"Summary {n}{'!' * (n == 1)}.") for n in (1, 2, 3)]
    site.replies["/feed"] = rss(site, *links)
    assert outcomes(collect_at(settings, hours=1)) == {"seen": 3, "updated": 1, "unchanged": 2}
    story = all_stories(settings)[0]
    assert (story.version, story.revision, story.first_seen_at) == (2, 2, NOON)
    assert story.updated_at == NOON + timedelta(hours=1)


def test_two_feeds_that_list_one_page_fetch_it_once_and_share_its_story(site: Site, tmp_path: Path) -> None:
    publish(site, 1)
    site.replies["/other"] = rss(site, item(f"{site.url}/story/1?utm_source=other", "Story 1", guid="other-1"))
    settings = settings_of(tmp_path, [f"{site.url}/feed", f"{site.url}/other"])
    report = collect_at(settings)
    assert outcomes(report) == {"seen": 2, "created": 1, "unchanged": 1}
    assert sum(path.startswith("/story/1") for path in site.paths()) == 1
    (story,) = all_stories(settings)
    assert sorted(story.sources) == ["feed-1", "feed-2"]


def test_a_page_that_fails_for_a_while_is_pending_with_the_feeds_words_searchable(site: Site, tmp_path: Path) -> None:
    publish(site, 1)
    good = site.replies["/story/1"]
    site.replies["/story/1"] = Reply(b"down", 503)
    settings = settings_of(tmp_path, [f"{site.url}/feed"])
    report = collect_at(settings)
    assert outcomes(report) == {"seen": 1, "pending": 1}
    assert [(p.kind, p.detail) for p in report.problems] == [("http_status", "503")]
    (story,) = all_stories(settings)
    assert (story.content_source, story.text) == ("feed", "Summary 1.")
    site.replies["/story/1"] = good
    report = collect_at(settings, hours=1)
    assert report.retried == {"tried": 1, "done": 1, "pending": 0, "failed": 0}
    (story,) = all_stories(settings)
    assert (story.content_source, story.version) == ("page", 2)


@pytest.mark.parametrize("status", [401, 403, 404, 410, 451])
def test_a_page_that_is_refused_is_stored_with_the_feeds_own_text(site: Site, tmp_path: Path, status: int) -> None:
    publish(site, 1)
    site.replies["/story/1"] = Reply(b"no", status)
    settings = settings_of(tmp_path, [f"{site.url}/feed"])
    assert outcomes(collect_at(settings)) == {"seen": 1, "created": 1}
    assert all_stories(settings)[0].content_source == "feed"


def test_an_entry_without_any_text_is_given_up_with_a_reason(site: Site, tmp_path: Path) -> None:
    site.replies["/feed"] = rss(site, item(f"{site.url}/gone", "Gone"))
    settings = settings_of(tmp_path, [f"{site.url}/feed"])
    assert outcomes(collect_at(settings)) == {"seen": 1, "failed": 1}
    assert entry_states(settings) == {"failed": 1}


def test_an_entry_without_link_and_text_is_rejected_with_a_reason(site: Site, tmp_path: Path) -> None:
    site.replies["/feed"] = rss(site, item("", "Nothing", guid="n-1"), item("mailto:desk@example.org", "Mail"))
    settings = settings_of(tmp_path, [f"{site.url}/feed"])
    assert outcomes(collect_at(settings)) == {"seen": 2, "rejected": 2}
    assert outcomes(collect_at(settings, hours=1)) == {}


def test_one_bad_entry_never_sinks_the_others(site: Site, tmp_path: Path) -> None:
    publish(site, 2)
    site.replies["/story/1"] = Reply(b"\xff\xfe\x00<html>" + os.urandom(2000))
    settings = settings_of(tmp_path, [f"{site.url}/feed"])
    assert outcomes(collect_at(settings)) == {"seen": 2, "created": 2}


def test_an_entry_that_leaves_and_comes_back_is_no_new_story(site: Site, tmp_path: Path) -> None:
    publish(site, 2)
    both, one = site.replies["/feed"], rss(site, item(f"{site.url}/story/2", "Story 2", summary="Summary 2."))
    settings = settings_of(tmp_path, [f"{site.url}/feed"])
    collect_at(settings)
    site.replies["/feed"] = one
    collect_at(settings, hours=1)
    site.replies["/feed"] = both
    assert outcomes(collect_at(settings, hours=5)) == {"seen": 2, "unchanged": 2}


def test_a_page_closed_to_robots_is_not_asked_for(site: Site, tmp_path: Path) -> None:
    publish(site, 1)
    site.replies["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /story/\n", content_type="text/plain")
    settings = settings_of(tmp_path, [f"{site.url}/feed"])
    report = collect_at(settings)
    assert outcomes(report) == {"seen": 1, "created": 1}
    assert [problem.kind for problem in report.problems] == ["robots"]
    assert "/story/1" not in site.paths()


def test_robots_txt_is_asked_once_a_day(site: Site, tmp_path: Path) -> None:
    publish(site, 2)
    settings = settings_of(tmp_path, [f"{site.url}/feed"])
    collect_at(settings)
    publish(site, 3)
    collect_at(settings, hours=1)
    assert site.paths().count("/robots.txt") == 1


def test_a_feed_with_whole_texts_needs_no_page(site: Site, tmp_path: Path) -> None:
    publish(site, 1)
    settings = settings_of(tmp_path, [f"{site.url}/feed"], full_text="feed")
    assert outcomes(collect_at(settings)) == {"seen": 1, "created": 1}
    assert site.paths() == ["/feed"]


def test_equal_texts_at_two_addresses_are_one_cluster(site: Site, tmp_path: Path) -> None:
    publish(site, 2)
    site.replies["/story/2"] = site.replies["/story/1"]
    settings = settings_of(tmp_path, [f"{site.url}/feed"])
    collect_at(settings)
    one, two = all_stories(settings)
    assert one.cluster_id == two.cluster_id
    assert {one.copy_of, two.copy_of} in ({None, one.id}, {None, two.id})


def test_workers_are_made_ready_early_where_there_will_be_text(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[str, ...]] = []
    monkeypatch.setattr("pipeline.flows.collect.start_ahead", started.append)
    publish(site)
    settings = settings_of(tmp_path, [f"{site.url}/feed"])
    collect_at(settings)
    assert started == [PRELOAD]
    collect_at(settings, hours=1)  # the feed is known, and nothing says that it will bring anything
    assert started == [PRELOAD]


def test_workers_are_made_ready_early_for_entries_that_wait(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(site)
    site.replies["/story/1"] = Reply(b"", status=503)
    settings = settings_of(tmp_path, [f"{site.url}/feed"])
    collect_at(settings)
    started: list[tuple[str, ...]] = []
    monkeypatch.setattr("pipeline.flows.collect.start_ahead", started.append)
    collect_at(settings, hours=3)
    assert started == [PRELOAD]
