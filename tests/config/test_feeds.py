"""The feed list: every mistake named at once, with the feed it is about."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.config.feeds import _checked, check_feeds, load_feeds
from pipeline.config.yaml_source import read_yaml
from pipeline.errors import ConfigError
from pipeline.model import FeedSource
from pipeline.settings import CHECKOUT
from tests.support.yaml_values import YAML_VALUES, spoilt

ROW = {"id": "harbour-post", "name": "Harbour Post", "url": "https://post.example/feed/"}
FULL = ROW | {
    "language": "en",
    "group": "local press",
    "interval": "30m",
    "full_text": "feed",
    "enabled": False,
    "seen_in": "a directory of feeds, read in autumn",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "feeds.yaml"


def checked(file: Path, document: Any) -> tuple[tuple[FeedSource, ...], list[str]]:
    file.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    _checked.cache_clear()  # written twice within a tick of the file system's clock, it would be taken for the same
    feeds, problems = check_feeds(file)
    assert all(line.startswith(f"{file}: ") and line.isprintable() for line in problems)
    return feeds, [line.removeprefix(f"{file}: ") for line in problems]


def mistakes(file: Path, **changes: Any) -> list[str]:
    """What is wrong with one row that is right but for these changes."""
    row = {key: value for key, value in (ROW | changes).items() if value is not ...}
    feeds, problems = checked(file, {"feeds": [row]})
    assert bool(problems) != bool(feeds)
    return [line.partition(": ")[2] for line in problems]


def test_a_row_needs_id_name_and_url_only(file: Path) -> None:
    assert checked(file, {"feeds": [ROW]}) == ((FeedSource(**ROW),), [])


def test_all_fields_are_read(file: Path) -> None:
    (feed,) = checked(file, {"feeds": [FULL]})[0]
    assert feed == FeedSource(
        **ROW, language="en", group="local press", interval=timedelta(minutes=30), full_text="feed", enabled=False
    )


def test_feeds_keep_their_order(file: Path) -> None:
    rows = [ROW | {"id": f"feed-{number}"} for number in (3, 1, 2)]
    assert [feed.id for feed in checked(file, {"feeds": rows})[0]] == ["feed-3", "feed-1", "feed-2"]


def test_an_empty_list_of_feeds_is_no_mistake(file: Path) -> None:
    assert checked(file, {"feeds": []}) == ((), [])


def test_every_mistake_of_every_row_is_named_at_once(file: Path) -> None:
    rows = [
        {"id": "Not a slug", "url": "ftp://post.example/", "interval": "soon", "colour": "red"},
        ROW,
        "harbour",
        ROW | {"name": "", "enabled": "yes", "full_text": "all"},
    ]
    feeds, problems = checked(file, {"feeds": rows, "sources": []})
    assert [feed.id for feed in feeds] == ["harbour-post"]
    assert problems == [
        "unknown key 'sources' (known: feeds)",
        "feed 1: unknown key 'colour' (known: id, name, url, language, group, interval, full_text, enabled, seen_in)",
        "feed 1: name is missing",
        "feed 1: id must be a slug of a-z, 0-9 and '-', at most 64 long; put a number in quotes",
        "feed 1: url must be an absolute http or https URL",
        "feed 1: interval must be a whole number with s, m, h or d, such as 30m, and at most 31d",
        "feed 3: wants a mapping with id, name and url",
        "feed 4 (harbour-post): name must be one line of 1 to 2000 characters",
        "feed 4 (harbour-post): full_text must be 'page' or 'feed'",
        "feed 4 (harbour-post): enabled must be true or false",
        "feed 4 (harbour-post): the id is already used by feed 2",
    ]


def test_a_repeated_id_is_named_even_where_the_first_row_is_wrong(file: Path) -> None:
    feeds, problems = checked(file, {"feeds": [ROW | {"url": "x"}, ROW]})
    assert feeds == ()
    assert problems[-1] == "feed 2 (harbour-post): the id is already used by feed 1"


@pytest.mark.parametrize("document", [None, [], "feeds", {"feed": []}, {"feeds": None}, {"feeds": {"id": "a"}}, 3])
def test_a_file_that_is_no_feed_list_says_what_one_is(file: Path, document: Any) -> None:
    assert checked(file, document)[1] == ["wants a mapping with the key 'feeds' that holds a list"]


@pytest.mark.parametrize("name", ["a", "0", "a-b-c", "x" * 64])
def test_slugs_are_ids(file: Path, name: str) -> None:
    assert mistakes(file, id=name) == []


@pytest.mark.parametrize("name", ["", " ", "A", "-a", "a-", "a_b", "a b", "a\nb", "ä", "x" * 65, 7, True, ["a"]])
def test_other_ids_are_refused(file: Path, name: Any) -> None:
    assert any(problem.startswith("id ") for problem in mistakes(file, id=name))


@pytest.mark.parametrize(
    "url",
    [
        "http://post.example",
        "HTTPS://post.example/rss?a=1&b=2#top",
        "http://127.0.0.1:8080/f",
        "http://[::1]/f",
        "https://zürich.example/ä",
    ],
)
def test_http_addresses_are_urls(file: Path, url: str) -> None:
    assert mistakes(file, url=url) == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "post.example/feed",
        "//post.example",
        "ftp://post.example",
        "javascript:alert(1)",
        "https://",
        "https:///feed",
        "https://post.example:0/",
        "https://post.example:99999/",
        "https://post.example:x/",
        "https://[::1/",
        "https://a b/",
        "https://post.example/\tfeed",
        "https://post.example/" + "x" * 2000,
        8,
        ["https://post.example"],
    ],
)
def test_other_addresses_are_refused(file: Path, url: Any) -> None:
    assert any(problem.startswith("url ") for problem in mistakes(file, url=url))


def test_an_address_with_a_password_is_refused_without_showing_it(file: Path) -> None:
    assert mistakes(file, url="https://me:s3cret@post.example/") == ["url must not hold a user name or password"]
    assert mistakes(file, url="https://s3cret@post.example/") == ["url must not hold a user name or password"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1s", timedelta(seconds=1)),
        ("90m", timedelta(minutes=90)),
        ("2h", timedelta(hours=2)),
        ("31d", timedelta(days=31)),
    ],
)
def test_intervals(file: Path, written: str, meant: timedelta) -> None:
    assert checked(file, {"feeds": [ROW | {"interval": written}]})[0][0].interval == meant


@pytest.mark.parametrize(
    "written", ["", "0m", "m", "30", 30, "1.5h", "-1h", "30 m", "30M", "32d", "9999999d", "1h30m", True]
)
def test_other_intervals_are_refused(file: Path, written: Any) -> None:
    (problem,) = mistakes(file, interval=written)
    assert problem.startswith("interval must be")


@pytest.mark.parametrize("key", ["name", "language", "group", "seen_in"])
@pytest.mark.parametrize("value", ["", "  ", "a\nb", "x" * 2001, 5, False, ["en"], {"en": 1}])
def test_texts_are_one_line_of_text(file: Path, key: str, value: Any) -> None:
    (problem,) = mistakes(file, **{key: value})
    assert problem.startswith(f"{key} must be ")


@pytest.mark.parametrize("key", ["language", "group", "interval", "seen_in"])
def test_optional_fields_may_be_left_open(file: Path, key: str) -> None:
    assert mistakes(file, **{key: None}) == []


def test_blanks_around_texts_are_dropped(file: Path) -> None:
    (feed,) = checked(file, {"feeds": [ROW | {"name": " Post ", "url": " https://post.example/ "}]})[0]
    assert (feed.name, feed.url) == ("Post", "https://post.example/")


def test_loading_raises_all_mistakes_and_else_gives_the_feeds(file: Path) -> None:
    file.write_text(yaml.safe_dump({"feeds": [ROW]}))
    assert load_feeds(file) == (FeedSource(**ROW),)
    file.write_text(yaml.safe_dump({"feeds": [{}, {}]}))
    with pytest.raises(ConfigError) as raised:
        load_feeds(file)
    assert len(raised.value.problems) == 6


@settings(max_examples=80, deadline=None)
@given(document=YAML_VALUES | st.lists(YAML_VALUES, max_size=3).map(lambda rows: {"feeds": rows}))
def test_no_value_raises(document: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    feeds, problems = checked(tmp_path_factory.mktemp("any") / "feeds.yaml", document)
    assert problems or document == {"feeds": []}
    assert feeds == ()


@settings(max_examples=120, deadline=None)
@given(document=spoilt({"feeds": [FULL, ROW | {"id": "other"}]}))
def test_a_list_with_one_spoilt_value_is_reported_or_still_right(
    document: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    feeds, problems = checked(tmp_path_factory.mktemp("spoilt") / "feeds.yaml", document)
    assert problems or all(isinstance(feed, FeedSource) and feed.url.startswith("http") for feed in feeds)


def test_the_shipped_list_is_right_and_says_where_each_address_was_found() -> None:
    path = CHECKOUT / "config" / "feeds.yaml"
    feeds, problems = check_feeds(path)
    assert problems == []
    assert len(feeds) >= 10
    assert len({feed.url for feed in feeds}) == len(feeds)
    assert all(row.get("seen_in") for row in yaml.safe_load(path.read_text(encoding="utf-8"))["feeds"])


def test_a_list_is_read_once_until_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "feeds.yaml"
    path.write_text("feeds:\n  - {id: one, name: One, url: 'https://example.org/1'}\n", encoding="utf-8")
    reads: list[Path] = []
    monkeypatch.setattr(
        "pipeline.config.feeds.read_yaml", lambda file, most: (reads.append(file), read_yaml(file, most))[1]
    )
    assert [feed.id for feed in check_feeds(path)[0]] == ["one"]
    check_feeds(path)[1].append("what a caller adds is his own")
    assert check_feeds(path)[1] == []
    assert reads == [path]
    path.write_text("feeds: []\n", encoding="utf-8")
    assert check_feeds(path) == ((), [])
    assert reads == [path, path]
