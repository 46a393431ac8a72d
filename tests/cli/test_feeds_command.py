"""``sitrep feeds check`` and ``sitrep feeds add`` as a user meets them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.support.command import Ran, sitrep
from tests.support.site import Reply, Site, item, open_site, rss


@pytest.fixture
def site() -> Iterator[Site]:
    with open_site() as opened:
        opened.replies["/feed"] = rss(
            opened, item(f"{opened.url}/1", "A &#x9b;31m title " + "long " * 40), title="Herald"
        )
        yield opened


def command(home: Path, *arguments: str) -> Ran:
    feeds = str(home / "feeds.yaml")
    return sitrep("feeds", *arguments, home=str(home), feeds=feeds, allow_hosts="127.0.0.1", host_delay="0")


def listed(home: Path, *urls: str) -> None:
    rows = [{"id": f"feed-{number}", "name": "Feed", "url": url} for number, url in enumerate(urls, start=1)]
    (home / "feeds.yaml").write_text(yaml.safe_dump({"feeds": rows}))


def test_a_list_in_which_all_is_fine_ends_with_0(site: Site, tmp_path: Path) -> None:
    listed(tmp_path, f"{site.url}/feed")
    done = command(tmp_path, "check")
    assert (done.status, done.out, done.err) == (0, "1 feed tried: 1 fine\n", "")


def test_trouble_is_told_with_word_reason_and_address_and_ends_with_1(site: Site, tmp_path: Path) -> None:
    site.replies["/moved"] = Reply(b"", 308, headers={"Location": f"{site.url}/feed"})
    listed(tmp_path, f"{site.url}/feed", f"{site.url}/moved", f"{site.url}/closed" + "x" * 80)
    site.replies["/closed" + "x" * 80] = Reply(b"", 403)
    done = command(tmp_path, "check")
    assert done.status == 1
    lines = done.out.splitlines()
    assert lines[0] == "3 feeds tried: 1 fine, 1 moved, 1 blocked"
    assert lines[lines.index("Blocked") + 1] == "  feed-3: http_status: 403"
    assert lines[lines.index("Blocked") + 2].strip() == f"{site.url}/closed" + "x" * 80
    assert lines[lines.index("Moved") + 3].strip() == f"now at {site.url}/feed"


def test_the_check_as_json_names_every_feed(site: Site, tmp_path: Path) -> None:
    listed(tmp_path, f"{site.url}/feed", f"{site.url}/nothing")
    done = command(tmp_path, "check", "--json")
    assert done.status == 1
    assert [(feed["id"], feed["verdict"], feed["status"]) for feed in done.json["feeds"]] == [
        ("feed-1", "fine", 200),
        ("feed-2", "dead", 404),
    ]
    assert done.json["checked"] == 2
    assert done.json["counts"]["dead"] == 1


def test_a_machine_without_a_network_is_asked_about(tmp_path: Path) -> None:
    listed(tmp_path, "http://127.0.0.1:1/feed")
    assert "connected to the network" in command(tmp_path, "check").out


def test_an_empty_list_says_how_to_begin(tmp_path: Path) -> None:
    listed(tmp_path)
    done = command(tmp_path, "check")
    assert done.status == 0
    assert "sitrep feeds add" in done.out


def test_a_missing_list_ends_the_check_with_2(tmp_path: Path) -> None:
    done = command(tmp_path, "check")
    assert (done.status, done.out) == (2, "")


def test_adding_shows_the_last_entries_and_the_record(site: Site, tmp_path: Path) -> None:
    done = command(tmp_path, "add", f"{site.url}/feed")
    assert done.status == 0
    assert done.out.startswith("Found: Herald (")
    assert f"Written to {tmp_path / 'feeds.yaml'}"[:70] in done.out
    assert "  - id: herald" in done.out.splitlines()
    assert all(line.isprintable() for line in done.out.splitlines())
    assert yaml.safe_load((tmp_path / "feeds.yaml").read_text())["feeds"][0]["url"] == f"{site.url}/feed"


def test_a_dry_run_says_what_would_be_written(site: Site, tmp_path: Path) -> None:
    done = command(tmp_path, "add", f"{site.url}/feed", "--dry-run", "--id", "mine", "--name", "My feed")
    assert done.status == 0
    assert "Would be written to" in done.out
    assert "  - id: mine" in done.out.splitlines()
    assert not (tmp_path / "feeds.yaml").exists()


def test_adding_as_json_is_one_object(site: Site, tmp_path: Path) -> None:
    done = command(tmp_path, "add", f"{site.url}/feed", "--json")
    assert done.json["feed"] == {"id": "herald", "name": "Herald", "url": f"{site.url}/feed"}
    assert done.json["written"] is True
    assert len(done.json["entries"]) == 1


@pytest.mark.parametrize(("path", "status"), [("/feed", 2), ("/nothing", 1)])
def test_a_feed_that_is_known_ends_with_2_and_none_found_with_1(
    site: Site, tmp_path: Path, path: str, status: int
) -> None:
    listed(tmp_path, f"{site.url}/feed")
    del site.replies["/feed"]
    done = command(tmp_path, "add", f"{site.url}{path}")
    assert (done.status, done.out) == (status, "")
    assert "Traceback" not in done.err
