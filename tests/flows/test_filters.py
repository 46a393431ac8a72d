"""The filters over real stages: fields, order, and every kind of bad line."""

import gzip
import json
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config.topics import load_topics
from pipeline.errors import ConfigError
from pipeline.flows import filters
from pipeline.flows.checked_rules import load_rules
from pipeline.flows.filters import CLEAN, EXTRACT, PARSE_FEED, TAG, Filter, refuse, run_filter
from pipeline.settings import CHECKOUT
from pipeline.stages.clean import clean
from pipeline.stages.tag import tag

sys.path.append(str(Path(__file__).parents[1] / "support" / "in_workers"))
calls = import_module("filter_calls")

STORY = "The two sides met on Monday and agreed to meet again next week, officials said after the talks."
PAGE = f"""<html lang="en"><head><title>Talks go on – Café Daily</title>
<meta property="article:published_time" content="2024-10-21T14:00:00+02:00"></head>
<body><nav><a href="/">Home</a></nav><article><h1>Talks go on</h1><p>{STORY}</p><p>{STORY[::-1]}.</p>
<p>Subscribe to our newsletter</p></article></body></html>"""
FEED = """<rss version="2.0"><channel><title>Café wire</title>
<item><guid>1</guid><title>One</title><link>https://example.org/1</link>
<pubDate>Mon, 21 Oct 2024 14:00:00 +0200</pubDate></item></channel></rss>"""


def run(chosen: Filter, *lines: bytes | dict[str, Any], jobs: int = 1) -> list[dict[str, Any]]:
    stream = b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    pieces = iter((stream,))
    answers = b"".join(answer for some in run_filter(chosen, lambda _: next(pieces, b""), jobs) for answer in some)
    return [json.loads(line) for line in answers.splitlines()]


def test_extract_answers_with_the_article_of_a_page(tmp_path: Path) -> None:
    path = tmp_path / "page.html.gz"
    path.write_bytes(gzip.compress(PAGE.encode("cp1252")))
    told, read = run(
        EXTRACT,
        {"id": "told", "url": "https://example.org/talks", "html": PAGE},
        {"id": "read", "url": "https://example.org/talks", "path": str(path)},
    )
    assert told | {"seconds": 0, "id": ""} == read | {"seconds": 0, "id": ""}
    assert list(told) == ["id", "title", "text", "authors", "published_at", "language", "removed", "seconds"]
    assert told["title"] == "Talks go on"
    assert STORY in told["text"].split("\n")
    assert told["removed"] == [{"text": "Subscribe to our newsletter", "rule": "subscribe"}]
    assert told["published_at"] == "2024-10-21T12:00:00Z"
    assert told["seconds"] > 0


def test_a_page_given_as_text_is_not_decoded_again_by_what_it_states() -> None:
    page = PAGE.replace("<head>", '<head><meta charset="iso-8859-1">').replace("two sides", "deux côtés")
    (answer,) = run(EXTRACT, {"id": 1, "url": "https://example.org/talks", "html": page})
    assert "deux côtés" in answer["text"]


def test_clean_answers_with_what_stays_and_what_went() -> None:
    text = f"{STORY}\nSubscribe to our newsletter"
    (answer,) = run(CLEAN, {"id": 1, "text": text})
    cleaned = clean(text, load_rules())
    assert answer == {
        "id": 1,
        "text": cleaned.text,
        "removed": [{"text": removal.text, "rule": removal.rule} for removal in cleaned.removed],
    }
    assert answer["removed"]


def test_tag_answers_with_each_topic_and_its_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SITREP_TOPICS", raising=False)
    title = "Israel strikes Hezbollah in Lebanon"
    (answer,) = run(TAG, {"id": 1, "title": title, "text": "", "source": "wire", "published_at": None})
    scores = tag(title, "", load_topics(CHECKOUT / "config" / "topics"))
    assert [topic["topic"] for topic in answer["topics"]] == [score.topic for score in scores]
    topic, score = next(pair for pair in zip(answer["topics"], scores, strict=True) if pair[1].tagged)
    assert (topic["topic"], topic["score"], topic["tagged"]) == (score.topic, score.score, score.tagged)
    assert all(title[found["start"] : found["end"]] == found["phrase"] for found in topic["evidence"])
    assert [found["field"] for found in topic["evidence"]] == ["title"] * len(score.evidence) != []


def test_parse_feed_answers_with_the_entries(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_bytes(FEED.encode("cp1252"))
    url = "https://example.org/feed"
    latin = {"Content-Type": "application/rss+xml; charset=windows-1252"}
    told, read = run(
        PARSE_FEED,
        {"id": 1, "url": url, "body": FEED, "headers": {"Content-Type": "application/rss+xml; charset=gbk"}},
        {"id": 1, "url": url, "path": str(path), "headers": latin},
    )
    assert told == read
    assert list(told) == ["id", "error", "format", "title", "entries"]
    assert (told["error"], told["format"], told["title"]) == (None, "rss20", "Café wire")
    (entry,) = told["entries"]
    assert list(entry) == ["guid", "url", "title", "summary", "content", "authors", "published_at", "updated_at"]
    assert (entry["guid"], entry["published_at"]) == ("1", "2024-10-21T12:00:00Z")


def test_what_is_no_feed_is_an_answer_with_a_reason() -> None:
    (answer,) = run(PARSE_FEED, {"id": 1, "url": "https://example.org/feed", "body": "<html><body>Hello"})
    assert answer["entries"] == []
    assert answer["error"]


BAD_LINES: list[tuple[Filter, bytes, Any, str]] = [
    (CLEAN, b"", None, "empty line"),
    (CLEAN, b"\t ", None, "empty line"),
    (CLEAN, b"{", None, "not JSON"),
    (CLEAN, b'{"id": 1, "text": "a"} {}', None, "not JSON"),
    (CLEAN, b'{"id": 1, "text": "\xff"}', None, "not JSON"),
    (CLEAN, b"[" * 100_000, None, "nested too deeply"),
    (CLEAN, b'"text"', None, "not a JSON object"),
    (CLEAN, b"[]", None, "not a JSON object"),
    (CLEAN, b'{"text": "a"}', None, "id is missing"),
    (CLEAN, b'{"id": [1], "text": "a"}', None, "id must be a string or a number"),
    (CLEAN, b'{"id": true, "text": "a"}', None, "id must be a string or a number"),
    (CLEAN, b'{"id": 1e999, "text": "a"}', None, "too large a number"),
    (CLEAN, b'{"id": 1, "text": NaN}', None, "not JSON"),
    (CLEAN, b'{"id": "a"}', "a", "text is missing"),
    (CLEAN, b'{"id": 0.5, "text": null}', 0.5, "text must be a string"),
    (TAG, b'{"id": 1, "text": ""}', 1, "title is missing"),
    (TAG, b'{"id": 1, "title": "", "text": 7}', 1, "text must be a string"),
    (EXTRACT, b'{"id": 1, "html": ""}', 1, "url is missing"),
    (EXTRACT, b'{"id": 1, "url": "u"}', 1, "give html or path"),
    (EXTRACT, b'{"id": 1, "url": "u", "html": "", "path": ""}', 1, "give html or path"),
    (EXTRACT, b'{"id": 1, "url": "u", "path": 1}', 1, "path must be a string"),
    (EXTRACT, b'{"id": 1, "url": "u", "path": "/no/such/page"}', 1, "cannot read path"),
    (EXTRACT, b'{"id": 1, "url": "u", "path": "/dev/zero"}', 1, "not a regular file"),
    (EXTRACT, b'{"id": 1, "url": "u", "html": "' + b"x" * 15_000_001 + b'"}', 1, "html is larger than"),
    (PARSE_FEED, b'{"id": 1, "url": "u"}', 1, "give body or path"),
    (PARSE_FEED, b'{"id": 1, "url": "u", "body": "", "headers": []}', 1, "headers must be"),
    (PARSE_FEED, b'{"id": 1, "url": "u", "body": "", "headers": {"a": 1}}', 1, "headers must be"),
]
GOOD_LINES = {
    CLEAN.answer: {"id": "good", "text": STORY},
    TAG.answer: {"id": "good", "title": "", "text": ""},
    EXTRACT.answer: {"id": "good", "url": "https://example.org/", "html": PAGE},
    PARSE_FEED.answer: {"id": "good", "url": "https://example.org/", "body": FEED},
}


@pytest.mark.parametrize("chosen", [CLEAN, TAG, EXTRACT, PARSE_FEED], ids=["clean", "tag", "extract", "parse-feed"])
def test_a_bad_line_is_answered_with_its_id_and_a_reason_and_stops_nothing(chosen: Filter) -> None:
    rows = [(line, identity, reason) for bad, line, identity, reason in BAD_LINES if bad is chosen]
    *answers, last = run(chosen, *(line for line, _, _ in rows), GOOD_LINES[chosen.answer])
    for answer, (_, identity, reason) in zip(answers, rows, strict=True):
        assert list(answer) == ["id", "error"]
        assert answer["id"] == identity
        assert reason in answer["error"]
    assert last["id"] == "good"
    assert not last.get("error")


def test_a_line_over_the_cap_is_told_apart_from_an_empty_one() -> None:
    assert json.loads(filters.answer_batch((None,))[0]) == {"id": None, "error": "line over 64000000 bytes"}


@pytest.mark.parametrize("batch", [1, 4])
def test_an_item_that_hangs_dies_or_raises_is_an_error_line_between_answers(batch: int) -> None:
    chosen = Filter(calls.answer, lambda: "tools", limit=1.0, batch=batch)
    items = [{"id": number, "do": do, "say": number} for number, do in enumerate(["", "hang", "", "die", "raise", ""])]
    answers = run(chosen, *items, jobs=2)
    assert [answer["id"] for answer in answers] == [0, 1, 2, 3, 4, 5]
    assert [answer.get("said") for answer in answers] == [0, None, 2, None, None, 5]
    assert [answer.get("error") for answer in answers if "error" in answer] == [
        "took longer than 1 s",
        "the worker died (SIGKILL)",
        "LookupError: nothing there",
    ]
    assert {answer["by"] for answer in answers if "by" in answer} == {"tools"}


def test_equipment_with_mistakes_stops_before_the_first_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITREP_TOPICS", str(tmp_path / "none"))

    def read(_: int) -> bytes:
        raise AssertionError("read")

    with pytest.raises(ConfigError, match="cannot read it"):
        next(run_filter(TAG, read, 1))


JSON_TEXT = st.text(max_size=20) | st.text(st.sampled_from('a"\\é😀\n\0\u2028\ud800'), max_size=20)


@pytest.fixture
def echoing(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], bytes]:
    """A filter's line work, in this process."""
    monkeypatch.setattr(filters, "_answer", calls.answer, raising=False)
    monkeypatch.setattr(filters, "_equipment", None, raising=False)
    return lambda line: filters.answer_batch((line,))[0]


def test_ids_and_texts_come_back_exactly(echoing: Callable[[bytes], bytes]) -> None:
    @given(identity=JSON_TEXT | st.integers(-(10**30), 10**30), said=JSON_TEXT)
    def come_back(identity: str | int, said: str) -> None:
        answer = echoing(json.dumps({"id": identity, "say": said}).encode())
        assert answer.endswith(b"\n")
        assert answer.count(b"\n") == 1
        answer.decode("utf-8", "strict")
        assert json.loads(answer) == {"id": identity, "said": said, "by": None}

    come_back()


def test_whatever_the_line_there_is_one_line_of_json_for_it(echoing: Callable[[bytes], bytes]) -> None:
    @given(line=st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace")))
    def answered(line: bytes) -> None:
        answer = echoing(line.replace(b"\n", b" "))
        assert answer.count(b"\n") == 1
        assert "error" in json.loads(answer)

    answered()


@given(line=st.none() | st.binary(max_size=60))
def test_any_line_can_be_refused(line: bytes | None) -> None:
    assert json.loads(refuse(line, "because")) == {"id": None, "error": "because"}


def test_a_refusal_names_the_line_where_it_can_be_read() -> None:
    assert json.loads(refuse(b'{"id": 7}', "x" * 1000)) == {"id": 7, "error": "x" * filters.LONGEST_REASON}
