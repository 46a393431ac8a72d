"""Rules about article pages that take several requests or rounds, over a site on loopback."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.adapters.ledger import stories
from pipeline.adapters.ledger.database import Ledger
from pipeline.model import Story
from pipeline.settings import Settings
from tests.support.rounds import collect_at, settings_of
from tests.support.site import Reply, Site, item, open_site, page, rss, words


@pytest.fixture
def site() -> Iterator[Site]:
    with open_site() as opened:
        yield opened


def publish(site: Site, numbers: range, statement: str = "Summary") -> None:
    links = [item(f"{site.url}/story/{n}", f"Story {n}", summary=f"{statement} {n}.") for n in numbers]
    site.replies["/feed"] = rss(site, *links)


def story_of(settings: Settings, path: str) -> Story:
    with Ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        ids = [row[0] for row in stories.all_revisions(connection)]
        return next(story for story in stories.load_many(connection, ids).values() if story.url.endswith(path))


def test_a_page_that_refreshes_to_another_of_its_site_is_followed(site: Site, tmp_path: Path) -> None:
    publish(site, range(1, 2))
    site.replies["/story/1"] = Reply(b'<html><head><meta http-equiv=refresh content="0; url=/real/1"></head></html>')
    site.replies["/real/1"] = page("Story 1", words(1), words(2))
    settings = settings_of(tmp_path, [f"{site.url}/feed"])
    collect_at(settings)
    assert story_of(settings, "/real/1").content_source == "page"


def test_an_amp_page_is_told_where_its_canonical_one_cannot_be_had(site: Site, tmp_path: Path) -> None:
    publish(site, range(1, 2))
    body = page("Story 1", words(1), words(2)).body
    site.replies["/story/1"] = Reply(
        body.replace(b"<html", b"<html amp").replace(b"<title", b"<link rel=canonical href=/gone><title")
    )
    settings = settings_of(tmp_path, [f"{site.url}/feed"])
    report = collect_at(settings)
    assert "/gone" in site.paths()
    assert (report.entries["created"], report.problems) == (1, ())


def test_a_page_with_a_story_is_told_where_the_one_it_leads_to_cannot_be_had(site: Site, tmp_path: Path) -> None:
    publish(site, range(1, 2))
    body = page("Story 1", words(1), words(2), " ".join(words(n) for n in range(3, 20))).body
    site.replies["/story/1"] = Reply(body.replace(b"<title", b'<meta http-equiv=refresh content="1; url=/gone"><title'))
    settings = settings_of(tmp_path, [f"{site.url}/feed"])
    report = collect_at(settings)
    assert "/gone" in site.paths()
    assert (report.entries["created"], report.problems) == (1, ())
    assert story_of(settings, "/story/1").content_source == "page"


def test_pages_that_lead_on_in_a_circle_end(site: Site, tmp_path: Path) -> None:
    publish(site, range(1, 2))
    for here, there in (("/story/1", "/b"), ("/b", "/story/1")):
        site.replies[here] = Reply(f'<html><meta http-equiv=refresh content="0; url={there}"></html>'.encode())
    settings = settings_of(tmp_path, [f"{site.url}/feed"])
    assert collect_at(settings).entries["created"] == 1
    assert len([path for path in site.paths() if path in ("/story/1", "/b")]) == 3


def test_the_stories_of_an_outlet_known_to_correct_are_looked_at_again(site: Site, tmp_path: Path) -> None:
    for n in (1, 2, 3, 4):
        site.replies[f"/story/{n}"] = page(f"Story {n}", words(n), words(n + 100))
    publish(site, range(1, 4))
    settings = settings_of(tmp_path, [f"{site.url}/feed"])
    collect_at(settings)
    for n in (1, 2, 3):
        site.replies[f"/story/{n}"] = page(f"Story {n}", words(n), words(n + 200))
    publish(site, range(1, 4), "Corrected")
    collect_at(settings, hours=2)
    publish(site, range(1, 5), "Corrected")
    collect_at(settings, hours=10)
    site.replies["/story/4"] = page("Story 4", words(4), words(300))
    for hours in (13, 23, 51, 70, 90):
        report = collect_at(settings, hours)
        assert report.balanced
        assert report.retried["tried"] == 0
    assert site.paths().count("/story/4") == 4
    assert (story_of(settings, "/story/4").version, site.paths().count("/story/1")) == (2, 2)


def test_credentials_in_an_entrys_link_are_told_nobody(site: Site, tmp_path: Path) -> None:
    from sqlalchemy import text

    link = site.url.replace("http://", "http://user:secret@") + "/story/1"
    site.replies["/feed"] = rss(site, item(link, "Story 1", summary="Summary 1."))
    settings = settings_of(tmp_path, [f"{site.url}/feed"])
    report = collect_at(settings)
    assert [problem.url for problem in report.problems] == [f"{site.url}/story/1"]
    with Ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        assert connection.execute(text("SELECT url FROM entries")).scalars().all() == [f"{site.url}/story/1"]


def test_a_pdf_called_html_gives_way_to_the_feeds_words(site: Site, tmp_path: Path) -> None:
    publish(site, range(1, 2))
    site.replies["/story/1"] = Reply(b"%PDF-1.7\n" + b"1 0 obj words and words " * 100)
    settings = settings_of(tmp_path, [f"{site.url}/feed"])
    assert [problem.kind for problem in collect_at(settings).problems] == ["not_html"]
    assert story_of(settings, "/story/1").content_source == "feed"


def test_the_pages_of_a_large_host_wait_for_later_rounds_and_hold_up_nobody(site: Site, tmp_path: Path) -> None:
    """A host has one turn in a round here, which its feed gets; all else is done, and told in the feed's words."""
    publish(site, range(1, 31))
    for n in range(1, 31):
        site.replies[f"/story/{n}"] = page(f"Story {n}", words(n), words(n + 100))
    site.replies["/other"] = rss(site, item("http://127.0.0.3:9/story/99", "Story 99", summary="Summary 99."))
    feeds = [f"{site.url}/feed", f"{site.url}/other".replace("127.0.0.1", "localhost")]
    slow = {"host_delay": 3600, "round_limit": 600, "allow_hosts": "127.0.0.1,localhost"}
    settings = settings_of(tmp_path, feeds, **slow)
    report = collect_at(settings)
    assert (report.feeds["changed"], report.entries["pending"], report.entries["created"]) == (2, 30, 1)
    with Ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        assert len(list(stories.all_revisions(connection))) == 31
    site.asked.clear()
    again = collect_at(settings, hours=5)
    assert sorted(site.paths()) == ["/feed", "/other"]
    assert (again.feeds["failed"], again.retried["pending"]) == (0, 30)
    done = collect_at(settings_of(tmp_path, feeds, allow_hosts="127.0.0.1,localhost"), hours=6)
    assert done.retried == {"tried": 30, "done": 30, "pending": 0, "failed": 0}
