"""Filling the index: what it takes, what it refuses, and that no trouble on the way loses or doubles a document."""

from collections.abc import Iterator
from typing import Any

import pytest

from pipeline.adapters.search_index.bulk import MAX_DOCUMENTS
from pipeline.adapters.search_index.client import SearchIndex
from pipeline.adapters.search_index.records import IndexedVersion, Note, SearchQuery
from pipeline.adapters.search_index.sending import IN_FLIGHT
from pipeline.errors import CannotRun, ConfigError, ServerUnreachable
from pipeline.stages.document import Copies, document
from tests.conftest import Request
from tests.support.faulty_proxy import FaultyProxy, faulty_proxy
from tests.support.stories import story

INDEXED_AT = {"indexed_at": "2024-10-21T12:01:00Z"}


def documents(count: int, **changes: Any) -> list[dict[str, Any]]:
    """So many stories as documents, with ids d0, d1, …"""
    return [document(story(f"d{number}", **changes)) | INDEXED_AT for number in range(count)]


def outcomes(index: SearchIndex, *sent: dict[str, Any]) -> list[str]:
    return [answer.outcome for answer in index.deliver(sent)]


def held(index: SearchIndex) -> set[IndexedVersion]:
    index.refresh()
    return set(index.held())


@pytest.fixture
def proxied(index: SearchIndex, prefix: str, elasticsearch_url: str) -> Iterator[tuple[SearchIndex, FaultyProxy]]:
    """The index as ``index`` sees it, through a proxy that makes trouble."""
    with (
        faulty_proxy(elasticsearch_url) as proxy,
        SearchIndex(proxy.url, prefix=prefix, pauses=(0.0, 0.0)) as through,
    ):
        yield through, proxy


def test_the_document_that_the_code_builds_is_taken_with_every_field(index: SearchIndex) -> None:
    full = document(story("a", copy_of="b", cluster_id="b")) | INDEXED_AT
    assert outcomes(index, full) == ["indexed"]
    index.refresh()
    found = index.search(SearchQuery(copies=True)).hits[0]
    assert found.id == "a"
    assert found.document == {name: value for name, value in full.items() if name != "_id"}


def test_every_field_of_the_mapping_is_one_of_the_document_and_the_other_way_round(
    index: SearchIndex, prefix: str, elasticsearch: Request
) -> None:
    mapping = elasticsearch("GET", f"/{prefix}-v1/_mapping")[f"{prefix}-v1"]["mappings"]
    full = document(story("a", copy_of="b"), Copies(1, ("tribune",))) | INDEXED_AT
    assert set(mapping["properties"]) == set(full) - {"_id"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("surprise", 1),
        ("topic_scores", {"israel-hezbollah": "high"}),
        ("@timestamp", "yesterday"),
        ("version", "one"),
        ("topic_scores", 3),
    ],
)
def test_a_document_that_breaks_the_mapping_is_rejected_with_the_reason(
    index: SearchIndex, field: str, value: object
) -> None:
    good, bad = documents(2)
    answers = list(index.deliver([bad | {field: value}, good]))
    assert [answer.outcome for answer in answers] == ["rejected", "indexed"]
    assert field.split(".")[0] in answers[0].detail


def test_a_lone_surrogate_is_rejected_before_it_can_sink_its_batch(index: SearchIndex) -> None:
    first, second = documents(2)
    answers = list(index.deliver([first | {"title": "\ud800"}, second]))
    assert [(answer.story_id, answer.outcome) for answer in answers] == [("d0", "rejected"), ("d1", "indexed")]
    assert "JSON" in answers[0].detail


def test_a_new_topic_needs_no_new_mapping(index: SearchIndex) -> None:
    (new,) = documents(1)
    assert outcomes(index, new | {"topic_scores": {"never-seen-before": 0.25}}) == ["indexed"]


def test_an_old_revision_never_overwrites_a_newer_one(index: SearchIndex) -> None:
    (old,) = documents(1)
    (new,) = documents(1, revision=3, version=2)
    assert outcomes(index, new) == ["indexed"]
    assert outcomes(index, old) == ["superseded"]
    assert held(index) == {IndexedVersion("d0", 3, 2, 3)}


def test_a_replay_is_harmless(index: SearchIndex) -> None:
    sent = documents(7)
    assert outcomes(index, *sent) == outcomes(index, *sent) == ["indexed"] * 7
    assert len(held(index)) == 7


def test_held_tells_of_every_document_once_whatever_the_page_size(
    index: SearchIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcomes(index, *documents(23))
    monkeypatch.setattr("pipeline.adapters.search_index.client.PAGE", 5)
    index.refresh()
    assert sorted(index.held()) == sorted(IndexedVersion(f"d{number}", 1, 1, 1) for number in range(23))


def test_after_removal_an_older_revision_can_come_in_again(index: SearchIndex) -> None:
    outcomes(index, *documents(20, revision=9))
    index.remove(tuple(f"d{number}" for number in range(25)))
    assert held(index) == set()
    assert outcomes(index, *documents(20, revision=4), *documents(1, revision=1)) == ["indexed"] * 20 + ["superseded"]
    assert held(index) == {IndexedVersion(f"d{number}", 4, 1, 4) for number in range(20)}


def test_removing_nothing_is_nothing(index: SearchIndex) -> None:
    index.remove(())
    assert held(index) == set()


def test_a_busy_server_is_asked_again_and_nothing_is_doubled(proxied: tuple[SearchIndex, FaultyProxy]) -> None:
    through, proxy = proxied
    proxy.faults = [429, 503]
    assert outcomes(through, *documents(3)) == ["indexed"] * 3
    assert len(held(through)) == 3


def test_a_server_that_stays_busy_is_left_alone_after_a_few_tries(proxied: tuple[SearchIndex, FaultyProxy]) -> None:
    through, proxy = proxied
    proxy.faults = [429] * 100
    answers = list(through.deliver(documents(MAX_DOCUMENTS * 8)))
    assert [answer.outcome for answer in answers] == ["retry"] * MAX_DOCUMENTS * 8
    # Those under way at first three times, then each other one once.
    assert 3 + 7 <= len(proxy.bulk_sizes) <= 3 * IN_FLIGHT + 8 - IN_FLIGHT


def test_a_dropped_connection_makes_retries_and_the_rest_is_not_sent(proxied: tuple[SearchIndex, FaultyProxy]) -> None:
    through, proxy = proxied
    proxy.faults = ["pass", "drop"]
    answers = list(through.deliver(documents(MAX_DOCUMENTS * 12)))
    assert [answer.story_id for answer in answers] == [f"d{number}" for number in range(MAX_DOCUMENTS * 12)]
    assert answers[-1].outcome == "retry"
    assert "does not answer" in answers[-1].detail
    assert 2 <= len(proxy.bulk_sizes) <= 2 + IN_FLIGHT
    arrived = sum(answer.outcome == "indexed" for answer in answers)
    assert arrived == len(held(through)) == MAX_DOCUMENTS * (len(proxy.bulk_sizes) - 1)


def test_an_answer_lost_on_the_way_back_is_sent_again_without_harm(proxied: tuple[SearchIndex, FaultyProxy]) -> None:
    through, proxy = proxied
    proxy.faults = ["drop after"]
    sent = documents(4)
    assert outcomes(through, *sent) == ["retry"] * 4
    assert outcomes(through, *sent) == ["indexed"] * 4
    assert len(held(through)) == 4


def test_a_request_too_large_for_the_server_goes_in_parts(proxied: tuple[SearchIndex, FaultyProxy]) -> None:
    through, proxy = proxied
    proxy.limit = 4000
    small, (large,) = documents(20), documents(1, text="long " * 1000)
    answers = list(through.deliver([*small, large | {"_id": "large"}]))
    assert [answer.outcome for answer in answers] == ["indexed"] * 20 + ["rejected"]
    assert "more than the server takes" in answers[-1].detail
    assert len(held(through)) == 20


def test_a_write_alias_that_has_gone_makes_retries_and_no_index_of_that_name(
    index: SearchIndex, prefix: str, elasticsearch: Request, elasticsearch_url: str
) -> None:
    elasticsearch("DELETE", f"/{prefix}-v1")
    with SearchIndex(elasticsearch_url, prefix=prefix, pauses=()) as hasty:
        assert outcomes(hasty, *documents(2)) == ["retry"] * 2
    assert elasticsearch("GET", f"/{prefix}-write") is None


def test_a_report_of_a_run_is_kept_and_replaced_under_its_id(
    index: SearchIndex, prefix: str, elasticsearch: Request
) -> None:
    report = {
        "@timestamp": "2024-10-21T12:01:00Z",
        "run_id": "20241021T120000Z/1",
        "now": "2024-10-21T12:00:00Z",
        "seconds": 1.2,
        "balanced": True,
        "feeds": {"known": 9, "due": 4, "changed": 2, "not_modified": 1, "failed": 1},
        "entries": dict.fromkeys(("seen", "created", "updated", "unchanged", "rejected", "pending", "failed"), 0),
        "retried": {"tried": 2, "done": 1, "pending": 1, "failed": 0},
        "stories": {"indexed": 12, "waiting": 0, "on_topic": 3},
        "problems": [
            {"feed": "f", "url": "u", "kind": "http_status", "detail": "503", "retry_at": "2024-10-21T13:00:00Z"},
            {"feed": None, "url": None, "kind": "x", "detail": "y", "retry_at": None},
        ],
    }
    index.keep([Note("runs", report["run_id"], report)])
    index.keep([Note("runs", report["run_id"], report | {"seconds": 2.5})])
    elasticsearch("POST", f"/{prefix}-runs/_refresh")
    found = elasticsearch("GET", f"/{prefix}-runs/_search")["hits"]["hits"]
    assert [hit["_source"]["seconds"] for hit in found] == [2.5]


def test_a_server_that_is_not_there_is_named(elasticsearch_url: str) -> None:
    with SearchIndex("http://127.0.0.1:9", prefix="news") as nowhere:
        for ask in (nowhere.setup, nowhere.refresh, lambda: list(nowhere.held())):
            with pytest.raises(ServerUnreachable, match=r"http://127\.0\.0\.1:9 does not answer"):
                ask()
        assert outcomes(nowhere, *documents(2)) == ["retry"] * 2


def test_searching_before_setting_up_says_what_to_do(elasticsearch_url: str, prefix: str) -> None:
    with SearchIndex(elasticsearch_url, prefix=prefix) as index:
        for ask in (lambda: index.search(SearchQuery()), lambda: list(index.held()), index.refresh):
            with pytest.raises(CannotRun, match="sitrep setup"):
                ask()


def test_credentials_never_show(elasticsearch_url: str, prefix: str) -> None:
    from pydantic import SecretStr

    from pipeline.adapters.search_index.server import Credentials, Server

    credentials = Credentials(username="ada", password=SecretStr("hunter2-secret"))
    with faulty_proxy(elasticsearch_url) as proxy:
        proxy.faults = [401]
        server = Server(proxy.url, credentials)
        with pytest.raises(ConfigError, match="SITREP_ELASTICSEARCH_PASSWORD") as refused:
            server.ask("POST", f"/{prefix}-write/_bulk", b"\n", content="application/x-ndjson")
        server.close()
    assert "hunter2" not in f"{refused.value!r} {credentials!r} {server!r}"
