"""Addresses, keys and digests by which stories and entries are known again."""

import re
import socket
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.model import Entry
from pipeline.stages.identify import (
    _site,
    _suffixes,
    canonical_url,
    entry_digest,
    entry_keys,
    page_url,
    rejection,
    same_site,
    shared_guids,
    story_id,
)

CASES = yaml.safe_load(Path(__file__).with_name("identify_addresses.yaml").read_text(encoding="utf-8"))
LINK = "https://example.org/a"
ENTRY = Entry(
    guid="g",
    url=LINK,
    title="Title",
    summary="<p>Summary</p>",
    content="<p>Content</p>",
    authors=("Ada",),
    published_at=datetime(2024, 10, 21, tzinfo=UTC),
    updated_at=datetime(2024, 10, 22, tzinfo=UTC),
)


def entry(guid: str | None, url: str | None, title: str = "", text: str = "") -> Entry:
    return Entry(guid=guid, url=url, title=title, summary=text)


@pytest.mark.parametrize(("stated", "canonical"), CASES["canonical"])
def test_an_address_has_one_spelling(stated: str, canonical: str | None) -> None:
    assert canonical_url(stated) == canonical


@pytest.mark.parametrize(("stated", "fetched", "believed"), CASES["pages"])
def test_a_page_is_believed_about_its_own_site_only(stated: str | None, fetched: str, believed: str) -> None:
    assert page_url(stated, fetched) == believed


def test_the_list_of_domains_comes_from_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network is asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    _suffixes.cache_clear()
    _site.cache_clear()
    assert page_url("https://www.example.co.uk/a", "https://example.co.uk/b") == "https://www.example.co.uk/a"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("example.org", "example.org", True),
        ("amp.example.org", "www.example.org", True),
        ("example.org", "example.com", False),
        ("one.co.uk", "two.co.uk", False),
        ("www.one.co.uk", "one.co.uk", True),
        ("one.github.io", "two.github.io", False),
        ("localhost", "example.localhost", False),
        ("127.0.0.1", "127.1.0.1", False),
    ],
)
def test_a_site_is_a_registrable_domain(one: str, other: str, same: bool) -> None:
    assert same_site(f"https://{one}/a", f"https://{other}/b") is same


def test_domains_that_share_no_ending_are_told_apart_without_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.stages.identify._site", None)
    assert not same_site("https://www.example.org/a", "https://www.example.com/b")


def test_an_address_longer_than_any_is_none() -> None:
    assert canonical_url(LINK + "/" + "a" * 9_000) is None


ADDRESSES = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["http://", "HTTPS://", "https:\\\\", "https://u:p@", ""]),
    st.sampled_from(["example.org", "EXÄMPLE.org:443", "[::1]", "1.2.3.4:80", "a%2eb", "ﬀ.example", "x。y", ""])
    | st.text(),
    st.text(st.sampled_from("/.%25eE2fF\\;:@ ä\ud800\t~")),
    st.text(st.sampled_from("?&=#%26utm_id;ä+ \n")),
)


@given(ADDRESSES | st.text())
@example("http://a/%%37%35?%2%35")
@example("http://a/?%26=1&%75tm_x=1")
def test_canonical_addresses_stay_as_they_are(stated: str) -> None:
    canonical = canonical_url(stated)
    if canonical is not None:
        assert canonical_url(canonical) == canonical
        assert re.fullmatch(r"https?://[a-z0-9_.:\[\]-]+/[!-~]*", canonical)
        assert "#" not in canonical


@given(st.text() | ADDRESSES | st.none(), st.text() | ADDRESSES)
def test_no_statement_of_a_page_raises(stated: str | None, fetched: str) -> None:
    believed = page_url(stated, fetched)
    assert believed == fetched or canonical_url(believed) == believed


def test_a_story_id_is_stable_and_of_32_hex_digits() -> None:
    assert story_id("https://example.org/a") == "b5b10dd0429e69ac7cfaf0a20b6901c1"
    assert story_id("https://example.org/a") != story_id("https://example.org/A")


def test_an_entry_is_known_by_its_guid_else_its_link_else_its_words() -> None:
    keys = entry_keys([entry("g", LINK), entry(None, LINK), entry(None, None, "Title", "text")])
    assert len(set(keys)) == 3
    assert entry_keys([entry("g", "https://example.org/moved", "New title")]) == keys[:1]
    assert entry_keys([entry(None, LINK + "?utm_source=other", "New title")]) == keys[1:2]
    assert entry_keys([entry(None, None, "Title", "other text")]) != keys[2:]


def test_a_guid_is_not_taken_for_a_link_of_the_same_spelling() -> None:
    assert len(set(entry_keys([entry(LINK, "https://example.org/b"), entry(None, LINK)]))) == 2


def test_entries_that_repeat_a_guid_are_told_apart_by_link() -> None:
    first, second, other = entry("g", LINK), entry("g", "https://example.org/b"), entry("h", LINK)
    keys = entry_keys([first, second, other])
    assert len(set(keys)) == 3
    assert entry_keys([second, first]) == (keys[1], keys[0])


def test_entries_that_repeat_a_guid_without_link_are_told_apart_by_their_words() -> None:
    assert len(set(entry_keys([entry("g", None, "One"), entry("g", None, "Two"), entry("g", None, "One")]))) == 2


def test_a_repetition_with_guid_and_link_is_the_same_entry() -> None:
    same = [entry("g", LINK, "One"), entry("g", LINK + "#c", "Two")]
    assert entry_keys(same) == entry_keys([same[0]]) * 2


@given(
    st.lists(st.builds(entry, st.sampled_from([None, "", "g", "h"]), st.sampled_from([None, LINK, "x:"]), st.text()))
)
def test_keys_do_not_depend_on_the_order_of_a_document(entries: list[Entry]) -> None:
    keys = entry_keys(entries)
    assert len(keys) == len(entries)
    assert entry_keys(entries[::-1]) == keys[::-1]


@pytest.mark.parametrize(
    "changed",
    [
        replace(ENTRY, title="Other"),
        replace(ENTRY, url="https://example.org/b"),
        replace(ENTRY, url=None),
        replace(ENTRY, summary=""),
        replace(ENTRY, content=""),
        replace(ENTRY, summary=ENTRY.content, content=ENTRY.summary),
        replace(ENTRY, authors=()),
        replace(ENTRY, published_at=None),
        replace(ENTRY, updated_at=None),
        replace(ENTRY, published_at=ENTRY.updated_at, updated_at=ENTRY.published_at),
    ],
)
def test_every_statement_counts_in_the_digest(changed: Entry) -> None:
    assert entry_digest(changed) != entry_digest(ENTRY)


def test_other_tracking_parameters_are_no_new_statement() -> None:
    assert entry_digest(replace(ENTRY, url=LINK + "?utm_campaign=monday")) == entry_digest(ENTRY)
    assert re.fullmatch("[0-9a-f]{64}", entry_digest(ENTRY))


@given(st.builds(entry, st.text() | st.none(), st.text() | st.none(), st.text(), st.text()))
def test_no_entry_raises(odd: Entry) -> None:
    assert len(entry_keys([odd, odd])) == 2
    assert len(entry_digest(odd)) == 64
    rejection(odd)


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        (entry("g", LINK), None),
        (entry("g", LINK, text="text"), None),
        (entry(LINK, None, text="text"), None),
        (entry(LINK, None), None),
        (entry("urn:1", None, "Title only"), "neither link nor text"),
        (entry(None, "", "Title", "<img src='x'/>&nbsp;"), "neither link nor text"),
        (entry("urn:1", None, "Title", "<p>text</p>"), "no link, and so no address for the text"),
        (replace(entry("urn:1", None), content="text"), "no link, and so no address for the text"),
        (entry("g", "javascript:void(0)"), "the link is no web page (javascript:)"),
        (entry(LINK, "JavaScript:void(0)", text="text"), "the link is no web page (javascript:)"),
        (entry("g", "mailto:desk@example.org"), "the link is no web page (mailto:)"),
        (entry("g", "https://"), "the link is no usable address"),
        (entry("g", "news/1"), "the link is no usable address"),
    ],
)
def test_what_can_never_be_a_story_is_rejected_with_a_reason(odd: Entry, reason: str | None) -> None:
    assert rejection(odd) == reason


def test_a_feed_known_for_repeating_guids_has_its_entries_told_apart_by_link() -> None:
    one, two = Entry("g", "https://example.org/1", "One"), Entry("g", "https://example.org/2", "Two")
    both = entry_keys([one, two])
    assert shared_guids([one, two]) == {"g"}
    assert entry_keys([two], by_link=True) == both[1:]
    assert shared_guids([one, one]) == frozenset()
