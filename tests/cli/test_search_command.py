"""``sitrep search`` on a real index: for people, for spreadsheets, for programs."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from pipeline.adapters.search_index.client import SearchIndex
from pipeline.stages.document import document
from tests.conftest import Request
from tests.support.command import Ran, sitrep, sitrep_process
from tests.support.exchanges import NOON
from tests.support.stories import story

INDEX = "test-search-command"
LONG_URL = "https://example.org/" + "/".join(["a-part-of-a-path"] * 8)
STORIES: dict[str, dict[str, Any]] = {
    "plain": {
        "title": "Hezbollah fires rockets",
        "text": "Rockets fell near the border.",
        "sources": ("wire", "daily"),
    },
    "hostile": {
        "title": "=HYPERLINK(0) [red]and\x1b[31m worse",
        "text": "Border guards look on.",
        "summary": "+1 summary",
        "url": LONG_URL,
        "published_at": NOON - timedelta(hours=3),
        "authors": ("@ada", "Bo; Example"),
    },
    "copy": {"title": "Hezbollah fires rockets", "copy_of": "plain", "cluster_id": "plain"},
}


@pytest.fixture(scope="module")
def filled(elasticsearch_url: str, elasticsearch: Request) -> Iterator[dict[str, str]]:
    """Settings that lead to an index with ``STORIES``."""
    with SearchIndex(elasticsearch_url, prefix=INDEX) as index:
        index.setup()
        list(index.deliver(document(story(name, **changes)) for name, changes in STORIES.items()))
        index.refresh()
    yield {"elasticsearch_url": elasticsearch_url, "index": INDEX}
    elasticsearch("DELETE", f"/{INDEX}-v1,{INDEX}-runs,{INDEX}-feeds,{INDEX}-alerts")
    elasticsearch("DELETE", f"/_index_template/{INDEX}*")


def test_people_get_title_facts_snippet_and_an_unbroken_url_on_80_columns(filled: dict[str, str]) -> None:
    ran = sitrep_process("search", "border", **filled)
    assert (ran.status, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0] == "2 stories found, best first"
    assert any(line.strip() == LONG_URL for line in lines)
    assert all(len(line) <= 80 for line in lines if LONG_URL not in line)
    assert "2024-10-21T09:00:00Z" in ran.out
    assert "Border guards look on." in ran.out


def test_nothing_from_a_story_drives_the_terminal(filled: dict[str, str]) -> None:
    ran = sitrep("search", **filled)
    assert "\x1b" not in ran.out
    assert "[red]and" in ran.out


def test_json_has_total_and_every_field_of_the_document(filled: dict[str, str]) -> None:
    answer = sitrep("search", "rockets", "--json", **filled).json
    assert answer["total"] == 1
    (hit,) = answer["hits"]
    assert set(document(story())) - {"_id"} <= set(hit)
    assert (hit["id"], hit["source"], hit["sources"]) == ("plain", "wire", ["wire", "daily"])
    assert hit["score"] > 0
    assert hit["highlights"] == ["Hezbollah fires rockets", "Rockets fell near the border."]


def test_ndjson_has_the_same_hits_a_line_each(filled: dict[str, str]) -> None:
    lines = [json.loads(line) for line in sitrep("search", "--format", "ndjson", **filled).out.splitlines()]
    assert lines == sitrep("search", "--json", **filled).json["hits"]
    assert [line["id"] for line in lines] == ["plain", "hostile"]


def test_a_spreadsheet_takes_no_cell_for_a_formula(filled: dict[str, str]) -> None:
    rows = list(csv.DictReader(io.StringIO(sitrep("search", "--format", "csv", **filled).out)))
    assert [row["id"] for row in rows] == ["plain", "hostile"]
    assert rows[0]["sources"] == "wire; daily"
    assert rows[0]["title"] == "Hezbollah fires rockets"
    assert rows[1]["title"].startswith("'=HYPERLINK")
    assert rows[1]["summary"] == "'+1 summary"
    assert rows[1]["authors"].startswith("'@ada")
    assert not any(value.startswith(tuple("=+-@")) for row in rows for value in row.values())


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--copies"], ["copy", "plain", "hostile"]),
        (["--source", "daily"], ["plain"]),
        (["--topic", "israel-hezbollah", "--size", "1"], ["plain"]),
        (["--until", "2024-10-21T12:00:00+03:00"], ["hostile"]),  # the zone counts
        (["--since", "2024-10-21T09:30:00Z"], ["plain"]),
        (["--", "-rockets"], ["hostile"]),
        (["rockets", "border"], ["plain"]),
    ],
)
def test_options_choose(filled: dict[str, str], options: list[str], found: list[str]) -> None:
    ran = sitrep("search", "--json", *options, **filled)
    assert [hit["id"] for hit in ran.json["hits"]] == found


def test_a_topic_that_nobody_configured_finds_nothing_and_says_so(filled: dict[str, str]) -> None:
    ran = sitrep("search", "--topic", "no-such-topic", **filled)
    assert (ran.status, ran.out) == (0, "No story matches.\n")
    assert "no topic 'no-such-topic' is configured" in ran.err


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--since", "2024-10-21"], "--since: '2024-10-21' is not ISO 8601 with a zone"),
        (["--until", "tomorrow"], "--until: 'tomorrow' is not ISO 8601"),
        (["--since", "2024-10-22T00:00:00Z", "--until", "2024-10-21T00:00:00Z"], "--since lies after --until"),
        (["--json", "--format", "csv"], "give one of them"),
        (["--format", "xml"], "--format"),
        (["--size", "0"], "--size"),
        (["--size", "10001"], "--size"),
        (["x" * 2001], "2001 characters"),
    ],
)
def test_bad_usage_is_named_before_any_server_is_asked(options: list[str], complaint: str) -> None:
    ran = sitrep("search", *options, elasticsearch_url="http://127.0.0.1:9")
    assert (ran.status, ran.out) == (2, "")
    assert complaint in ran.err
    assert "Traceback" not in ran.err


def is_clear(ran: Ran, *, status: int) -> bool:
    return ran.status == status and ran.out == "" and "Traceback" not in ran.err and len(ran.err.splitlines()) <= 3


def test_a_server_that_does_not_answer_is_exit_4() -> None:
    ran = sitrep("search", "rockets", elasticsearch_url="http://127.0.0.1:9")
    assert is_clear(ran, status=4)
    assert "http://127.0.0.1:9 does not answer" in ran.err


def test_an_index_that_is_not_there_yet_is_exit_4_and_says_what_to_do(elasticsearch_url: str, prefix: str) -> None:
    ran = sitrep("search", elasticsearch_url=elasticsearch_url, index=prefix)
    assert is_clear(ran, status=4)
    assert "'sitrep setup' makes it" in ran.err


def test_help_has_examples() -> None:
    ran = sitrep("search", "--help")
    assert ran.status == 0
    assert "--topic israel-hezbollah" in ran.out
