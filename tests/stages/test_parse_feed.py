"""Feed documents, whole and damaged, and what is read from them; the cases lie in ``feeds/``."""

import json
import socket
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.model import Entry, ParsedFeed
from pipeline.stages.document import iso
from pipeline.stages.parse_feed import MAX_BODY, MAX_ENTRIES, parse_feed
from pipeline.stages.parse_feed.fields import MAX_FRAGMENT, MAX_GUID, MAX_TITLE

FEEDS = Path(__file__).with_name("feeds")
CASES = sorted(path.name.removesuffix(".expected.json") for path in FEEDS.glob("*.expected.json"))
URL = "https://feeds.example.org/news/feed.xml"


def document_of(case: str) -> bytes:
    (path,) = (path for path in FEEDS.glob(f"{case}.*") if path.stem == case)
    return path.read_bytes()


def shown(entry: Entry) -> dict[str, Any]:
    times = {name: getattr(entry, name) for name in ("published_at", "updated_at")}
    stated = asdict(entry) | {name: iso(moment) if moment else None for name, moment in times.items()}
    return stated | {"authors": list(entry.authors)}


def rss(items: str, channel: str = "") -> bytes:
    return f'<rss version="2.0"><channel><title>Feed</title>{channel}{items}</channel></rss>'.encode()


@pytest.mark.parametrize("case", CASES)
def test_a_document_is_read_as_its_expectation_says(case: str) -> None:
    expected = json.loads((FEEDS / f"{case}.expected.json").read_text(encoding="utf-8"))
    parsed = parse_feed(document_of(case), expected.get("url", URL), expected.get("headers", {}))
    assert (parsed.error or "").partition(":")[0] == expected.get("error", "")
    assert len(parsed.entries) == len(expected["entries"])
    for entry, wanted in zip(parsed.entries, expected["entries"], strict=True):
        assert {name: shown(entry)[name] for name in wanted} == wanted
    for name in {"format", "title"} & set(expected):
        assert getattr(parsed, name) == expected[name]
    if "ttl_minutes" in expected:
        assert parsed.ttl == timedelta(minutes=expected["ttl_minutes"])


@pytest.mark.parametrize("body", [b"", b" \n\t ", b"\x00\x00", b"\xef\xbb\xbf"])
def test_a_body_without_content_is_empty(body: bytes) -> None:
    assert parse_feed(body, URL).error == "empty: the body holds nothing"


@pytest.mark.parametrize(
    ("channel", "ttl"),
    [
        ("", None),
        ("<ttl>0</ttl>", None),
        ("<ttl>-5</ttl>", None),
        ("<ttl>soon</ttl>", None),
        ("<ttl> 30 </ttl>", timedelta(minutes=30)),
        ("<ttl>999999999</ttl>", timedelta(days=31)),
        (f"<ttl>{'9' * 400}</ttl>", None),
        ("<sy:updatePeriod>hourly</sy:updatePeriod>", timedelta(hours=1)),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", timedelta(minutes=30)),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", timedelta(hours=1)),
        ("<sy:updatePeriod>often</sy:updatePeriod>", None),
        ("<ttl>20</ttl><sy:updatePeriod>hourly</sy:updatePeriod>", timedelta(hours=1)),
        ("<ttl>90</ttl><sy:updatePeriod>hourly</sy:updatePeriod>", timedelta(minutes=90)),
    ],
)
def test_a_feed_says_how_long_it_rests(channel: str, ttl: timedelta | None) -> None:
    declared = rss("", channel).replace(b"<rss ", b'<rss xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" ')
    assert parse_feed(declared, URL).ttl == ttl


def test_the_first_entries_are_kept_and_no_more_than_the_cap() -> None:
    items = "".join(f"<item><guid>g-{number}</guid></item>" for number in range(MAX_ENTRIES + 50))
    guids = [entry.guid for entry in parse_feed(rss(items), URL).entries]
    assert guids == [f"g-{number}" for number in range(MAX_ENTRIES)]


def test_the_entries_of_json_have_the_same_cap() -> None:
    items = [{"id": str(number)} for number in range(MAX_ENTRIES + 1)]
    body = json.dumps({"version": "https://jsonfeed.org/version/1", "items": items}).encode()
    parsed = parse_feed(body, URL)
    assert (parsed.format, len(parsed.entries)) == ("json1", MAX_ENTRIES)


def test_of_a_body_beyond_the_cap_the_beginning_is_read() -> None:
    filled = "<item><guid>first</guid></item>" + " \n\t " * (MAX_BODY // 4) + "<item><guid>late</guid></item>"
    assert [entry.guid for entry in parse_feed(rss(filled), URL).entries] == ["first"]


def test_fields_have_a_longest_length() -> None:
    fields = f"<guid>{'g' * 9000}</guid><title>{'t ' * 9000}</title><description>{'d' * 1_100_000}</description>"
    (entry,) = parse_feed(rss(f"<item>{fields}<author>{'a' * 9000}</author></item>"), URL).entries
    assert len(entry.guid or "") == MAX_GUID
    assert 0 < len(entry.title) <= MAX_TITLE
    assert len(entry.summary) == MAX_FRAGMENT
    assert len(entry.authors[0]) <= 200


def test_a_link_beyond_the_length_of_any_address_is_no_link() -> None:
    (entry,) = parse_feed(rss(f"<item><link>https://a.example/{'p' * 9000}</link></item>"), URL).entries
    assert entry.url is None


@pytest.mark.parametrize("depth", [600, 20_000])
def test_deep_nesting_costs_no_entry(depth: int) -> None:
    deep = "<x>" * depth + "</x>" * depth
    body = rss(
        f"<item><guid>before</guid></item><item><guid>with</guid>{deep}</item>{deep}<item><guid>after</guid></item>"
    )
    assert [entry.guid for entry in parse_feed(body, URL).entries] == ["before", "with", "after"]


def test_nesting_without_end_gives_what_came_before() -> None:
    body = b"<rss><channel><item><guid>before</guid></item><item><guid>in</guid>" + b"<x>" * 200_000
    assert [entry.guid for entry in parse_feed(body, URL).entries] == ["before", "in"]


def test_entities_that_grow_without_end_stay_small() -> None:
    levels = "".join(f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, 10))
    body = f'<!DOCTYPE rss [<!ENTITY e0 "{"x" * 100}">{levels}]>'.encode() + rss("<item><title>&e9;&e0;</title></item>")
    (entry,) = parse_feed(body, URL).entries
    assert entry.title == "&e9;" + "x" * 100


def test_no_part_of_a_document_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network is asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    outside = b'<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/rss.dtd" [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]>'
    (entry,) = parse_feed(outside + rss("<item><title>&x;</title><link>http://127.0.0.1:9/</link></item>"), URL).entries
    assert entry.title == "&x;"
    assert not parse_feed(b"http://127.0.0.1:9/feed", URL).entries


HOSTILE = {
    "tags that never close": b"<rss><channel><item>" + b"<a b='c'>" * 100_000,
    "ends without beginnings": b"<rss><channel>" + b"</a>" * 300_000,
    "open comments": b"<!--" * 300_000,
    "open CDATA sections": b"<rss><channel><title>" + b"<![CDATA[" * 100_000,
    "open document types": b"<!DOCTYPE [" * 100_000,
    "lone brackets": b"<rss><channel><title>" + b"<" * 1_000_000,
    "lone ampersands": b"<rss><channel><title>" + b"&" * 1_000_000,
    "quotes that never close": b"<rss><channel>" + b'<a "' * 200_000,
    "one long name": b"<" + b"a" * 2_000_000,
    "an author without a blank": b"<rss><channel><item><author>"
    + b"a" * 2_000_000
    + b"</author></item></channel></rss>",
    "many long authors": b"<rss><channel><item>" + (b"<author>" + b"a" * 5_000 + b"</author>") * 200,
    "many categories": b"<rss><channel><item>" + b"".join(b"<category>%d</category>" % n for n in range(50_000)),
    "bases on bases": b"<feed><entry>" + b"<x xml:base='aaaaaaaaaaaaaaaaaaaaaaaa/'>" * 20_000,
    "blanks as references": b"<feed xmlns='http://www.w3.org/2005/Atom'><q:x/><entry><content type='xhtml'>"
    + b"&#32;" * 200_000,
    "namespaces": b"<rss>" + b"".join(b"<a xmlns:p%d='http://x/%d'/>" % (n, n) for n in range(20_000)),
    "nested JSON": b"[" * 1_000_000,
    "a number without end": b'{"items":' + b"9" * 1_000_000,
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_documents_end_in_an_answer(body: bytes) -> None:
    assert isinstance(parse_feed(body, URL), ParsedFeed)


def test_the_words_of_elements_that_sanitisers_drop_are_kept() -> None:
    fragment = "<noscript>One</noscript><unknown>two</unknown><iframe>three</iframe>"
    (entry,) = parse_feed(rss(f"<item><description><![CDATA[{fragment}]]></description></item>"), URL).entries
    assert entry.summary == fragment


def test_without_an_address_of_its_own_a_feed_is_read_all_the_same() -> None:
    (entry,) = parse_feed(rss("<item><link>https://a.example/1</link></item>"), "").entries
    assert entry.url == "https://a.example/1"
    (entry,) = parse_feed(rss("<item><link>story/1</link></item>"), "feed.xml").entries
    assert entry.url == "http://feed.invalid/story/1"


ALPHABET = st.sampled_from(
    [
        *(
            f"<{name}>"
            for name in ("item", "entry", "title", "link", "guid", "description", "author", "source", "svg", "br")
        ),
        *(
            f"</{name}>"
            for name in ("item", "entry", "title", "link", "guid", "description", "author", "channel", "rss")
        ),
        *(
            "<rss>",
            "<channel>",
            "<feed xmlns='http://www.w3.org/2005/Atom'>",
            "<rdf:RDF>",
            "<image>",
            "<media:player/>",
        ),
        *(
            "<![CDATA[",
            "]]>",
            "<!--",
            "-->",
            "<?x",
            "<!DOCTYPE a [",
            "]>",
            "<",
            ">",
            "&",
            "&lt;",
            "&#0;",
            "&#xd800;",
            "&amp",
        ),
        *(
            "<content type='xhtml'>",
            "<content mode='base64' type='a/b'>",
            "<a href='::['/>",
            "<x xml:base='http://[/'>",
        ),
        *('"', "'", "=", " ", "\n", "2024-10-21", "text", "http://[", "\x00", "\ufffe", "é"),
    ]
)


@given(pieces=st.lists(ALPHABET, max_size=40))
@settings(max_examples=150, deadline=None)
def test_no_markup_raises_or_breaks_the_promises(pieces: list[str]) -> None:
    check_promises(parse_feed("".join(pieces).encode("utf-8", "surrogatepass"), URL))


@given(body=st.binary(max_size=200), url=st.text(max_size=20), charset=st.text(max_size=10))
@settings(max_examples=150, deadline=None)
def test_no_bytes_raise_or_break_the_promises(body: bytes, url: str, charset: str) -> None:
    check_promises(parse_feed(body, url, {"Content-Type": f"text/xml; charset={charset}", "Content-Location": url}))


@pytest.mark.parametrize("case", ["rss-2.0", "atom-1.0", "sloppy"])
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_a_document_cut_anywhere_gives_a_beginning_of_its_entries(case: str, data: st.DataObject) -> None:
    body = document_of(case)
    whole = parse_feed(body, URL).entries
    cut = parse_feed(body[: data.draw(st.integers(0, len(body)))], URL)
    check_promises(cut)
    identities = [(entry.guid, entry.url) for entry in whole]
    for place, entry in enumerate(cut.entries):
        assert entry.guid in (None, identities[place][0])
        assert entry.url in (None, entry.guid, identities[place][1])


def check_promises(parsed: ParsedFeed) -> None:
    assert not (parsed.error and parsed.entries)
    assert parsed.error is None or parsed.error.partition(":")[0] in ("empty", "html", "not_a_feed", "unreadable")
    for entry in parsed.entries:
        assert entry.title == " ".join(entry.title.split())
        assert entry.guid is None or entry.guid.strip()
        assert entry.url is None or entry.url.strip()
        moments = [moment for moment in (entry.published_at, entry.updated_at) if moment is not None]
        assert all(moment.utcoffset() == timedelta(0) for moment in moments)
