"""A feed is added to a list's text without touching what stands there."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config.feed_record import free_id, same_address, with_record
from pipeline.config.feeds import check_feeds

ROW = {"id": "new", "name": "New: the #1 feed", "url": "https://example.org/new?a=1&b=2", "seen_in": "by hand"}
OLD = "- id: old\n  name: Old\n  url: https://example.org/old\n"


def indented(text: str, blanks: int) -> str:
    return "".join(" " * blanks + line for line in text.splitlines(keepends=True))


def added(tmp_path: Path, text: str, row: dict[str, str] = ROW) -> str:
    """The first text that is a list with the row as its last feed."""
    path = tmp_path / "feeds.yaml"
    for candidate in with_record(text, row):
        path.write_bytes(candidate.encode())
        feeds, problems = check_feeds(path)
        if not problems and (feeds[-1].id, feeds[-1].name, feeds[-1].url) == (row["id"], row["name"], row["url"]):
            return candidate
    raise AssertionError(f"no candidate can be read: {problems}")


@pytest.mark.parametrize("blanks", [0, 1, 2, 4])
def test_a_row_takes_the_indentation_of_the_others(tmp_path: Path, blanks: int) -> None:
    old = "# My feeds\nfeeds:\n" + indented(OLD, blanks)
    text = added(tmp_path, old)
    assert text.startswith(old)
    assert text.removeprefix(old).startswith(" " * blanks + "- id: new\n")


def test_rows_with_blank_lines_between_go_on_so(tmp_path: Path) -> None:
    old = "feeds:\n" + indented(OLD, 2) + "\n" + indented(OLD.replace("old", "older"), 2)
    assert added(tmp_path, old).removeprefix(old).startswith("\n  - id: new\n")


BEGINNINGS = (
    "",
    "\n",
    "# only a comment",
    "feeds:",
    "feeds:\n",
    "feeds: []\n",
    "feeds: [ ] # none yet\n",
    "feeds: ~\n",
    "# Feeds: mine\nfeeds:\n# - id: not-this\n",
    "feeds:\n" + indented(OLD, 2) + "# the end, without a line end",
    "feeds:\n  - {id: old, name: Old, url: 'https://example.org/old'}\n",
)


@pytest.mark.parametrize("old", BEGINNINGS)
def test_every_usual_beginning_can_be_gone_on_with(tmp_path: Path, old: str) -> None:
    text = added(tmp_path, old)
    assert [line for line in old.splitlines() if line.startswith("#") and line not in text] == []


def test_windows_line_ends_stay(tmp_path: Path) -> None:
    old = ("feeds:\n" + indented(OLD, 2)).replace("\n", "\r\n")
    text = added(tmp_path, old)
    assert text.startswith(old)
    assert "\n" not in text.replace("\r\n", "")


@pytest.mark.parametrize("word", ["no", "off", "123", "1e3", "null", "2024-10-21"])
def test_words_that_yaml_takes_for_something_else_stay_words(tmp_path: Path, word: str) -> None:
    text = added(tmp_path, "feeds:\n", {**ROW, "id": word, "name": word})
    (row,) = yaml.safe_load(text)["feeds"]
    assert (row["id"], row["name"]) == (word, word)


@given(st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=40))
def test_any_name_comes_back_as_it_was(name: str) -> None:
    (text, *_) = with_record("feeds:\n", {**ROW, "name": name})
    assert yaml.safe_load(text)["feeds"][-1]["name"] == name


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://example.org/feed", "http://www.Example.org/feed/#top", True),
        ("https://example.org/feed?a=1", "https://example.org/feed?a=2", False),
        ("https://example.org/feed", "https://example.org/Feed", False),
        ("https://example.org/feed", "https://example.net/feed", False),
    ],
)
def test_addresses_that_differ_in_spelling_only_are_the_same(one: str, other: str, same: bool) -> None:
    assert same_address(one, other) is same


@pytest.mark.parametrize(
    ("title", "url", "taken", "expected"),
    [
        ("Breaking Defense", "https://breakingdefense.com/feed/", (), "breaking-defense"),
        ("L'Orient Today", "https://today.lorientlejour.com/rss", (), "lorient-today"),
        ("النهار", "https://www.annahar.com/rss", (), "annahar-com"),
        ("", "https://www.example.org/feed", ("example-org",), "example-org-2"),
        ("X" * 200, "https://example.org/feed", ("example-org", "example-org-2"), "example-org-3"),
        ("", "http://[::1]/feed", (), "1"),
    ],
)
def test_an_id_comes_from_title_or_host_and_is_free(
    title: str, url: str, taken: tuple[str, ...], expected: str
) -> None:
    assert free_id(title, url, taken) == expected
