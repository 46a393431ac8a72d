"""Every feed of the list is asked once, and nothing is written."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from pipeline.errors import ConfigError
from pipeline.flows.feeds import FeedCheck, check
from pipeline.settings import Settings
from tests.support.rounds import settings_of
from tests.support.site import Reply, Site, item, open_site, rss

NOW = datetime(2024, 10, 21, 12, tzinfo=UTC)
FRESH = "Mon, 21 Oct 2024 09:00:00 GMT"


@pytest.fixture
def site() -> Iterator[Site]:
    with open_site() as opened:
        yield opened


def checked(settings: Settings) -> tuple[FeedCheck, list[tuple[str, int, int]]]:
    seen: list[tuple[str, int, int]] = []
    return check(settings, NOW, lambda *progress: seen.append(progress)), seen


def test_each_feed_has_its_word_in_the_order_of_the_list(site: Site, tmp_path: Path) -> None:
    site.replies |= {
        "/fine": rss(site, item(f"{site.url}/a", "A", date=FRESH)),
        "/old": rss(site, item(f"{site.url}/a", "A", date="Mon, 21 Oct 2019 09:00:00 GMT")),
        "/moved": Reply(b"", 301, headers={"Location": f"{site.url}/fine"}),
        "/page": Reply(b"<html><body>A page</body></html>"),
        "/closed": Reply(b"", 403),
        "/down": Reply(b"", 503),
    }
    paths = ("/fine", "/old", "/moved", "/page", "/closed", "/down", "/nothing")
    settings = settings_of(tmp_path, [f"{site.url}{path}" for path in paths])
    found, progress = checked(settings)
    words = ["fine", "silent", "moved", "not_a_feed", "blocked", "failing", "dead"]
    assert [feed.verdict.word for feed in found.feeds] == words
    assert [feed.feed.id for feed in found.feeds] == [f"feed-{number}" for number in range(1, 8)]
    assert found.feeds[2].verdict.moved_to == f"{site.url}/fine"
    assert [feed.status for feed in found.feeds] == [200, 200, 200, 200, 403, 503, 404]
    assert progress == [("feeds", done, 7) for done in range(8)]
    assert sorted(site.paths()) == sorted([*paths, "/fine"])  # each once, the moved one at both its addresses
    assert sorted(path.name for path in tmp_path.iterdir()) == ["feeds.yaml"]


def test_a_disabled_feed_is_not_asked(site: Site, tmp_path: Path) -> None:
    settings = settings_of(tmp_path, [])
    rows = [{"id": "resting", "name": "Resting", "url": f"{site.url}/feed", "enabled": False}]
    settings.feeds.write_text(yaml.safe_dump({"feeds": rows}))
    found, _ = checked(settings)
    assert (found.feeds, found.disabled, site.asked) == ((), ("resting",), [])


def test_a_server_that_is_not_there_is_dead_and_a_private_address_is_refused(tmp_path: Path) -> None:
    found, _ = checked(
        settings_of(tmp_path, ["http://127.0.0.1:1/feed", "http://10.0.0.1/feed"], contact="a@example.org")
    )
    assert [feed.verdict.word for feed in found.feeds] == ["dead", "blocked"]
    assert [feed.status for feed in found.feeds] == [None, None]


def test_strangers_are_not_asked_without_a_contact(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="SITREP_CONTACT"):
        checked(settings_of(tmp_path, ["https://example.org/feed"]))


def test_a_wrong_list_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"feeds\.yaml"):
        checked(settings_of(tmp_path, ["nonsense"]))
