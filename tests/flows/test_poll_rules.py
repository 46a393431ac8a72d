"""Rules of polling that take several rounds, over a site on loopback."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.adapters.ledger import feeds
from pipeline.adapters.ledger.database import Ledger
from pipeline.settings import Settings
from pipeline.stages.feed_state import FeedState
from tests.support.rounds import collect_at, settings_of
from tests.support.site import Reply, Site, item, open_site, rss


@pytest.fixture
def site() -> Iterator[Site]:
    with open_site() as opened:
        opened.replies["/feed"] = rss(opened, item(f"{opened.url}/story/1", "Story 1", summary="Summary 1."))
        yield opened


def states(settings: Settings) -> dict[str, FeedState]:
    with Ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        return feeds.states(connection)


def test_a_feed_that_has_moved_for_good_is_asked_at_its_new_address(site: Site, tmp_path: Path) -> None:
    site.replies["/old"] = Reply(b"", 301, headers={"Location": f"{site.url}/feed"})
    settings = settings_of(tmp_path, [f"{site.url}/old"], full_text="feed")
    for day in range(4):
        collect_at(settings, hours=24 * day)
    site.asked.clear()
    assert collect_at(settings, hours=24 * 4).feeds["not_modified"] == 1
    assert site.paths() == ["/feed"]


def test_two_feeds_that_become_one_are_a_problem_of_the_second(site: Site, tmp_path: Path) -> None:
    site.replies["/old"] = Reply(b"", 301, headers={"Location": f"{site.url}/feed"})
    settings = settings_of(tmp_path, [f"{site.url}/feed", f"{site.url}/old"], full_text="feed")
    for hours in (0, 5):
        report = collect_at(settings, hours)
        assert [(problem.feed, problem.kind) for problem in report.problems] == [("feed-2", "same_feed")]
        assert "feed-1" in report.problems[0].detail
        assert report.feeds["failed"] == 0


def test_a_host_that_wants_to_rest_is_left_alone_by_later_rounds_too(site: Site, tmp_path: Path) -> None:
    other = rss(site, item(f"{site.url}/story/2", "Story 2", summary="Summary 2."))
    site.replies |= {"/busy": Reply(b"", 429, headers={"Retry-After": "36000"}), "/other": other}
    settings = settings_of(tmp_path, [f"{site.url}/busy"], full_text="feed")
    collect_at(settings)
    settings = settings_of(tmp_path, [f"{site.url}/busy", f"{site.url}/other"], full_text="feed")
    site.asked.clear()
    report = collect_at(settings, hours=2)
    assert site.asked == []
    assert (report.feeds["failed"], report.problems) == (0, ())
    assert states(settings)["feed-2"].failures == 0
    assert collect_at(settings, hours=11).feeds["changed"] == 1


@pytest.mark.parametrize("asked", [True, False])
def test_robots_txt_is_asked_before_feeds_where_the_operator_wants_it(site: Site, tmp_path: Path, asked: bool) -> None:
    site.replies["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /feed\n", content_type="text/plain")
    report = collect_at(settings_of(tmp_path, [f"{site.url}/feed"], full_text="feed", feed_robots=asked))
    assert [problem.kind for problem in report.problems] == (["robots"] if asked else [])
    assert site.paths() == (["/robots.txt"] if asked else ["/feed"])


def test_a_feed_that_repeats_guids_is_remembered_and_loses_no_entry(site: Site, tmp_path: Path) -> None:
    entries = [
        item(f"{site.url}/story/{n}", f"Story {n}", summary=f"Summary {n} of {n}.", guid="same") for n in (1, 2, 3)
    ]
    site.replies["/feed"] = rss(site, *entries[:2])
    settings = settings_of(tmp_path, [f"{site.url}/feed"], full_text="feed")
    assert collect_at(settings).entries["created"] == 2
    assert states(settings)["feed-1"].repeats_guids
    site.replies["/feed"] = rss(site, entries[2])
    assert collect_at(settings, hours=5).entries["created"] == 1


def test_each_fetch_notes_what_it_brought(site: Site, tmp_path: Path) -> None:
    from sqlalchemy import text

    settings = settings_of(tmp_path, [f"{site.url}/feed"], full_text="feed")
    for hours in (0, 5):
        collect_at(settings, hours)
    with Ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        rows = connection.execute(text("SELECT status, seen, new, outcome FROM fetches ORDER BY id")).all()
    assert [tuple(row) for row in rows] == [(200, 1, 1, "changed"), (304, 0, 0, "not_modified")]
