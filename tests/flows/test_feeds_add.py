"""The feed of a site is found, looked at, and written into the list beside everything that stands there."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.config.feeds import load_feeds
from pipeline.errors import CannotRun, ConfigError, UnknownItem
from pipeline.flows.add_feed import AddedFeed, add
from pipeline.settings import Settings
from tests.support.rounds import settings_of
from tests.support.site import Reply, Site, item, open_site, rss

NOW = datetime(2024, 10, 21, 12, tzinfo=UTC)
LIST = "# My feeds\nfeeds:\n  - id: other   # the first one\n    name: Other\n    url: https://other.example.org/feed\n"


@pytest.fixture
def site() -> Iterator[Site]:
    with open_site() as opened:
        opened.replies["/feed"] = rss(
            opened,
            item(f"{opened.url}/1", "Older", date="Sun, 20 Oct 2024 09:00:00 GMT"),
            item(f"{opened.url}/2", "Newer", date="Mon, 21 Oct 2024 09:00:00 GMT"),
            title="Example Herald",
        )
        yield opened


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = settings_of(tmp_path, [])
    made.feeds.write_text(LIST)
    return made


def front(site: Site, *paths: str, path: str = "/") -> None:
    links = "".join(f'<link rel="alternate" type="application/rss+xml" href="{feed}">' for feed in paths)
    site.replies[path] = Reply(f"<html><head>{links}</head><body>Front</body></html>".encode())


def added(settings: Settings, url: str, **options: object) -> AddedFeed:
    return add(settings, url, NOW, lambda _: None, **options)


def test_a_feeds_own_address_is_taken_as_it_is(site: Site, settings: Settings) -> None:
    result = added(settings, f"{site.url}/feed")
    assert settings.feeds.read_text() == LIST + (
        f"  - id: example-herald\n    name: Example Herald\n    url: {site.url}/feed\n"
        "    seen_in: given by hand; sitrep feeds add, 2024-10-21\n"
    )
    assert [feed.id for feed in load_feeds(settings.feeds)] == ["other", "example-herald"]
    assert [entry.title for entry in result.found.last_entries] == ["Newer", "Older"]
    assert site.paths() == ["/feed"]


def test_the_feed_that_a_page_names_is_found_and_the_others_are_told(site: Site, settings: Settings) -> None:
    front(site, "/gone", "/feed", "/sport", path="/news")
    result = added(settings, f"{site.url}/news")
    assert (result.found.url, result.found.found) == (f"{site.url}/feed", f"named by {site.url}/news")
    assert [other.url for other in result.found.others] == [f"{site.url}/gone", f"{site.url}/sport"]
    assert site.paths() == ["/news", "/gone", "/feed"]


def test_usual_places_are_tried_where_a_page_names_none(site: Site, settings: Settings) -> None:
    front(site, path="/news")
    site.replies["/rss.xml"] = site.replies.pop("/feed")
    result = added(settings, f"{site.url}/news")
    assert (result.found.url, result.found.found) == (f"{site.url}/rss.xml", f"guessed from {site.url}/news")


def test_a_guess_that_robots_txt_forbids_is_not_made(site: Site, settings: Settings) -> None:
    front(site)
    site.replies["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /rss\n", content_type="text/plain")
    site.replies["/rss"] = site.replies.pop("/feed")
    with pytest.raises(UnknownItem, match="robots"):
        added(settings, site.url)
    assert "/rss" not in site.paths()


def test_an_address_that_was_given_or_named_is_asked_whatever_robots_txt_says(site: Site, settings: Settings) -> None:
    front(site, "/feed")
    site.replies["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /\n", content_type="text/plain")
    assert added(settings, site.url).found.url == f"{site.url}/feed"


def test_where_no_feed_is_found_it_says_what_was_asked_and_writes_nothing(site: Site, settings: Settings) -> None:
    front(site, "/page")
    front(site, path="/page")
    del site.replies["/feed"]
    with pytest.raises(UnknownItem) as raised:
        added(settings, site.url)
    assert f"{site.url}/page: html: " in str(raised.value)
    assert f"{site.url}/rss.xml: http_status: 404" in str(raised.value)
    assert settings.feeds.read_text() == LIST


def test_a_server_that_does_not_answer_is_asked_once(settings: Settings) -> None:
    with pytest.raises(UnknownItem) as raised:
        added(settings, "http://127.0.0.1:1/")
    assert str(raised.value).count("127.0.0.1:1/") == 1


def test_a_feed_that_has_moved_for_good_is_written_at_its_new_address(site: Site, settings: Settings) -> None:
    site.replies["/old"] = Reply(b"", 301, headers={"Location": f"{site.url}/feed"})
    assert added(settings, f"{site.url}/old").found.url == f"{site.url}/feed"
    site.replies["/today"] = Reply(b"", 302, headers={"Location": f"{site.url}/feed"})
    assert added(settings, f"{site.url}/today", feed_id="today").found.url == f"{site.url}/today"


def test_id_and_name_may_be_chosen(site: Site, settings: Settings) -> None:
    added(settings, f"{site.url}/feed", feed_id="off", name="1: The  Herald")
    feed = load_feeds(settings.feeds)[-1]
    assert (feed.id, feed.name) == ("off", "1: The Herald")


def test_a_dry_run_writes_nothing(site: Site, settings: Settings) -> None:
    result = added(settings, f"{site.url}/feed", dry_run=True)
    assert not result.written
    assert f"url: {site.url}/feed" in result.record
    assert settings.feeds.read_text() == LIST


def test_a_feed_in_the_list_is_refused_before_and_after_it_is_found(site: Site, settings: Settings) -> None:
    front(site, "/feed")
    added(settings, f"{site.url}/feed")
    site.asked.clear()
    with pytest.raises(ConfigError, match="in the list already, as example-herald"):
        added(settings, f"{site.url}/feed/")
    assert site.asked == []
    with pytest.raises(ConfigError, match="in the list already, as example-herald"):
        added(settings, site.url)
    assert len(load_feeds(settings.feeds)) == 2


@pytest.mark.parametrize(
    ("feed_id", "words"), [("other", "has a feed other already"), ("Not A Slug", "must be a slug")]
)
def test_an_id_that_is_taken_or_wrong_is_refused_before_anything_is_asked(
    site: Site, settings: Settings, feed_id: str, words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        added(settings, f"{site.url}/feed", feed_id=feed_id)
    assert site.asked == []


@pytest.mark.parametrize(
    "address", ["mailto:a@example.org", "ftp://example.org", "https://user:word@example.org/", "", "http://"]
)
def test_what_is_no_web_address_is_refused(settings: Settings, address: str) -> None:
    with pytest.raises(ConfigError):
        added(settings, address)


def test_a_site_without_a_scheme_is_taken_for_https_and_needs_a_contact(settings: Settings) -> None:
    with pytest.raises(ConfigError, match=r"SITREP_CONTACT.*https://example\.org/feed"):
        added(settings, "example.org/feed")


@pytest.mark.parametrize("text", [None, "", "feeds:\n", "# nothing yet\n"])
def test_a_list_that_is_not_there_yet_is_begun(site: Site, settings: Settings, text: str | None) -> None:
    settings.feeds.unlink() if text is None else settings.feeds.write_text(text)
    added(settings, f"{site.url}/feed")
    assert [feed.id for feed in load_feeds(settings.feeds)] == ["example-herald"]


@pytest.mark.parametrize("text", ["feeds: {a: b}\n", "feeds:\n  - id: x\n", "[broken"])
def test_a_wrong_list_is_told_and_left_alone(site: Site, settings: Settings, text: str) -> None:
    settings.feeds.write_text(text)
    with pytest.raises(ConfigError):
        added(settings, f"{site.url}/feed")
    assert settings.feeds.read_text() == text


def test_a_list_in_another_form_gets_the_record_told_and_not_written(site: Site, settings: Settings) -> None:
    text = "feeds: [{id: a, name: A, url: 'https://a.example.org/'}]\n"
    settings.feeds.write_text(text)
    with pytest.raises(CannotRun, match=r"by hand(.|\n)*id: example-herald"):
        added(settings, f"{site.url}/feed")
    assert settings.feeds.read_text() == text


def test_a_list_that_somebody_else_changes_meanwhile_is_left_to_them(site: Site, settings: Settings) -> None:
    theirs = LIST.replace("other", "another")
    with pytest.raises(CannotRun, match="changed meanwhile"):
        add(settings, f"{site.url}/feed", NOW, lambda _: settings.feeds.write_text(theirs) and None)
    assert settings.feeds.read_text() == theirs


def test_a_list_that_cannot_be_written_is_told(site: Site, settings: Settings, tmp_path: Path) -> None:
    blocked = settings.model_copy(update={"feeds": tmp_path / "feeds.yaml" / "below" / "feeds.yaml"})
    with pytest.raises(CannotRun, match="cannot write"):
        added(blocked, f"{site.url}/feed")


def test_a_hostile_title_is_one_plain_line(site: Site, settings: Settings) -> None:
    site.replies["/feed"] = rss(
        site, item(f"{site.url}/1", "x"), title="Herald&#x9b;31m\n  - id: injected\n" + "y" * 500
    )
    added(settings, f"{site.url}/feed")
    feeds = load_feeds(settings.feeds)
    assert len(feeds) == 2
    assert feeds[1].name.isprintable()
    assert len(feeds[1].name) <= 100
