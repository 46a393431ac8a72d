"""The file of a topic is valid Atom 1.0 (RFC 4287), whatever the stories say."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.alert import Alert, new_alerts
from pipeline.stages.atom import NAMESPACE, atom
from pipeline.stages.parse_feed import parse_feed
from tests.support.stories import story

NOON = datetime(2024, 10, 21, 12, tzinfo=UTC)
TOPIC = "israel-hezbollah"
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
(ALERT,) = new_alerts([story()], {})


def tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def check_valid(document: bytes) -> ET.Element:
    """The rules of RFC 4287, 4.1 and 4.2, that a document may break; returns the feed."""
    feed = ET.fromstring(document)
    assert feed.tag == tag("feed")
    for parent in (feed, *feed.findall(tag("entry"))):
        for name in ("id", "title", "updated"):
            assert len(parent.findall(tag(name))) == 1
        assert RFC3339.fullmatch(parent.findtext(tag("updated")) or "")
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", parent.findtext(tag("id")) or "")
        for author in parent.findall(tag("author")):
            assert (author.findtext(tag("name")) or "").strip()
    assert feed.find(tag("author")) is not None
    for entry in feed.findall(tag("entry")):
        links = [link for link in entry.findall(tag("link")) if link.get("rel") == "alternate"]
        assert len(links) == 1
        content = entry.find(tag("content"))
        assert content is not None
        assert content.get("type") == "html"
        assert len(entry.findall(tag("published"))) <= 1
    ids = [found.text for found in feed.iter(tag("id"))]
    assert len(ids) == len(set(ids))
    return feed


def test_an_entry_has_all_facts_of_its_story() -> None:
    feed = check_valid(atom(TOPIC, "The war", [ALERT], NOON))
    assert feed.findtext(tag("title")) == "The war"
    entry = feed.find(tag("entry"))
    assert entry is not None
    assert entry.findtext(tag("title")) == "Hezbollah fires rockets"
    link = entry.find(tag("link"))
    assert link is not None
    assert link.get("href") == "https://example.org/a"
    assert entry.findtext(tag("summary")) == "Rockets fell."
    assert entry.findtext(tag("updated")) == "2024-10-21T12:00:00Z"
    assert entry.findtext(tag("published")) == "2024-10-21T10:00:00Z"
    content = entry.findtext(tag("content")) or ""
    for fact in ("Rockets fell.", "Evidence: Hezbollah", "score 0.91", "from example-defence"):
        assert fact in content


def test_a_feed_reader_reads_what_was_written() -> None:
    parsed = parse_feed(atom(TOPIC, "The war", [ALERT], NOON), "https://example.org/alerts.atom")
    assert (parsed.error, parsed.title) == (None, "The war")
    (entry,) = parsed.entries
    assert (entry.title, entry.url, entry.authors) == (
        "Hezbollah fires rockets",
        "https://example.org/a",
        ("Ada Example",),
    )
    assert entry.published_at == ALERT.published_at


def test_a_topic_without_stories_is_a_valid_feed() -> None:
    assert check_valid(atom(TOPIC, "The war", [], NOON)).findall(tag("entry")) == []


def test_ids_stay_when_everything_else_changes_and_differ_between_topics_and_stories() -> None:
    other = replace(ALERT, title="Another headline", url="https://example.org/moved", score=0.5, summary="", authors=())

    def entry_ids(topic: str, *alerts: Alert) -> list[str | None]:
        feed = ET.fromstring(atom(topic, topic, alerts, NOON))
        return [entry.findtext(tag("id")) for entry in feed.findall(tag("entry"))]

    assert entry_ids(TOPIC, ALERT) == entry_ids(TOPIC, other)
    elsewhere = entry_ids("sahel", replace(ALERT, topic="sahel"))
    assert len({*entry_ids(TOPIC, ALERT, replace(ALERT, story_id="b")), *elsewhere}) == 3


def test_markup_in_a_story_stays_text() -> None:
    hostile = replace(ALERT, title="<b>A & B</b>", summary='<script>alert("x")</script>', sources=("a<b",))
    feed = check_valid(atom(TOPIC, "A <i>topic</i>", [hostile], NOON))
    entry = feed.find(tag("entry"))
    assert entry is not None
    assert entry.findtext(tag("title")) == "<b>A & B</b>"
    assert "<script" not in (entry.findtext(tag("content")) or "")
    assert "&lt;script&gt;" in (entry.findtext(tag("content")) or "")


TEXTS = st.text(st.characters(), max_size=30)


@given(title=TEXTS, summary=TEXTS, author=TEXTS, phrase=TEXTS, source=TEXTS)
def test_no_text_breaks_the_document(title: str, summary: str, author: str, phrase: str, source: str) -> None:
    odd = replace(ALERT, title=title, summary=summary, authors=(author,), evidence=(phrase,), sources=(source,))
    check_valid(atom(TOPIC, title, [odd], NOON))
