"""From the ledger to a real index: delivery, audit and explain."""

import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.adapters.ledger import outbox, stories
from pipeline.adapters.ledger.database import Ledger
from pipeline.adapters.search_index.records import SearchQuery
from pipeline.errors import ServerUnreachable, UnknownItem
from pipeline.flows import round as flow
from pipeline.flows.audit import audit
from pipeline.flows.explain import explain
from pipeline.flows.index import open_index
from pipeline.model import RunReport
from pipeline.settings import Settings
from pipeline.stages.revise import Revision
from tests.support.rounds import NOON, collect_at, settings_of
from tests.support.site import Site, item, open_site, page, rss, words
from tests.support.stories import story, telling

Request = Callable[..., Any]


@pytest.fixture
def site() -> Iterator[Site]:
    with open_site() as opened:
        for number in (1, 2, 3):
            opened.replies[f"/story/{number}"] = page(f"Story {number}", words(number), words(number + 100))
        links = [item(f"{opened.url}/story/{n}", f"Story {n}", summary=f"Summary {n}.") for n in (1, 2, 3)]
        opened.replies["/feed"] = rss(opened, *links)
        yield opened


@pytest.fixture
def settings(site: Site, tmp_path: Path, elasticsearch_url: str, prefix: str) -> Settings:
    return settings_of(tmp_path, [f"{site.url}/feed"], elasticsearch_url=elasticsearch_url, index=prefix)


def silent(_message: str) -> None:
    """Nobody listens."""


def whole_round(settings: Settings) -> RunReport:
    run_id = flow.plan(settings, NOON)
    flow.collect(settings, run_id)
    flow.deliver(settings, run_id)
    return flow.report(settings, run_id)


def nowhere(settings: Settings) -> Settings:
    """The same settings with a server that does not answer."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return settings.model_copy(update={"elasticsearch_url": f"http://127.0.0.1:{port}"})


def test_a_round_ends_with_its_stories_in_the_index(settings: Settings) -> None:
    report = whole_round(settings)
    assert report.stories == {"indexed": 3, "waiting": 0, "on_topic": 0}
    with open_index(settings, silent) as index:
        found = index.search(SearchQuery(text='"near post 2"'))
    assert [hit.document["title"] for hit in found.hits] == ["Story 2"]
    assert found.hits[0].document["indexed_at"] == "2024-10-21T12:00:00Z"


def test_the_report_of_a_round_is_in_the_index_of_runs(settings: Settings, elasticsearch: Request) -> None:
    report = whole_round(settings)
    kept = elasticsearch("GET", f"/{settings.index}-runs/_doc/{report.run_id}")["_source"]
    assert (kept["entries"]["created"], kept["balanced"]) == (3, True)


def test_without_a_server_the_stories_wait_and_go_out_later(settings: Settings) -> None:
    away = nowhere(settings)
    run_id = flow.plan(away, NOON)
    flow.collect(away, run_id)
    delivered = flow.deliver(away, run_id)
    assert (delivered.indexed, delivered.waiting) == (0, 3)
    assert delivered.problem is not None
    assert flow.report(away, run_id).stories["waiting"] == 3
    later = flow.deliver_backlog(settings)
    assert (later.indexed, later.waiting, later.problem) == (3, 0, None)
    assert audit(settings, silent).clean


def test_where_nothing_waits_no_server_is_asked(settings: Settings) -> None:
    assert flow.deliver_backlog(nowhere(settings)).problem is None


def test_a_story_that_is_queued_again_while_it_is_sent_goes_on_waiting(tmp_path: Path) -> None:
    """What was sent may have gone to an index that has been replaced meanwhile."""
    with Ledger(settings_of(tmp_path, []).ledger_url) as ledger, ledger.write() as connection:
        stories.save(connection, Revision(story(), "created", True, True), telling(), "run-1", NOON, None)
        queued = outbox.queued_at(connection, ["a"])
        outbox.queue_again(connection, ["a"], NOON + timedelta(microseconds=1))
        outbox.accepted(connection, [("a", 1)], NOON, queued)
        assert outbox.waiting(connection) == 1
        outbox.accepted(connection, [("a", 1)], NOON, outbox.queued_at(connection, ["a"]))
        assert outbox.waiting(connection) == 0


def test_an_audit_without_a_server_cannot_be_made(settings: Settings) -> None:
    with pytest.raises(ServerUnreachable):
        audit(nowhere(settings), silent)


def test_an_audit_counts_states_and_documents(settings: Settings) -> None:
    whole_round(settings)
    found = audit(settings, silent)
    assert found.clean
    assert found.entries == {"total": 3, "stored": 3, "pending": 0, "rejected": 0, "failed": 0}
    assert (found.stories, found.documents) == (3, 3)


def test_what_waits_for_the_index_is_missing_from_it(settings: Settings) -> None:
    collect_at(settings)
    found = audit(settings, silent)
    assert (found.balanced, len(found.missing), found.clean) == (True, 3, False)


def test_an_audit_finds_what_is_missing_extra_and_stale_and_repairs_it(
    settings: Settings, elasticsearch: Request
) -> None:
    whole_round(settings)
    with Ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        assert outbox.waiting(connection) == 0
    held = elasticsearch("GET", f"/{settings.index}/_search")["hits"]["hits"]
    ids = sorted(hit["_id"] for hit in held)
    write, source = f"/{settings.index}-v1", held[0]["_source"]
    elasticsearch("DELETE", f"{write}/_doc/{ids[0]}")
    elasticsearch("PUT", f"{write}/_doc/{ids[1]}?version=7&version_type=external", source | {"revision": 7})
    elasticsearch("PUT", f"{write}/_doc/{'f' * 32}?version=1&version_type=external", source)
    elasticsearch("POST", f"{write}/_refresh")
    found = audit(settings, silent)
    assert (found.missing, found.stale, found.extra) == ((ids[0],), (ids[1],), ("f" * 32,))
    assert audit(settings, silent, repair=True).clean


def test_a_story_is_explained_by_its_url_whatever_tracks_it(settings: Settings, site: Site) -> None:
    whole_round(settings)
    told = explain(settings, f"{site.url}/story/1?utm_source=somewhere#part")
    assert told.story is not None
    assert told.story["title"] == "Story 1"
    assert [row["state"] for row in told.entries] == ["stored"]
    assert [row["outcome"] for row in told.fetches] == ["fetched"]
    assert [row["version"] for row in told.versions] == [1]
    assert "Subscribe to our newsletter" in [row["text"] for row in told.removed]
    assert told.delivery["state"] == "delivered"
    assert explain(settings, told.story["_id"]).story == told.story


def test_the_difference_between_versions_is_shown_on_request(settings: Settings, site: Site) -> None:
    collect_at(settings)
    site.replies["/story/1"] = page("Story 1", words(1), words(101), words(301))
    links = [item(f"{site.url}/story/1", "Story 1, corrected", summary="Summary 1.")]
    site.replies["/feed"] = rss(site, *links)
    collect_at(settings, hours=1)
    _, second = explain(settings, f"{site.url}/story/1", diff=True).versions
    assert second["diff"] == [f"+{words(301)}"]


def test_an_entry_that_never_became_a_story_is_explained_with_its_reason(settings: Settings, site: Site) -> None:
    site.replies["/feed"] = rss(site, item(f"{site.url}/gone", "Gone"))
    collect_at(settings)
    told = explain(settings, f"{site.url}/gone")
    assert told.story is None
    assert (told.entries[0]["state"], "404" in told.entries[0]["reason"]) == ("failed", True)


@pytest.mark.parametrize("wanted", ["https://example.org/never-seen", "0" * 32, "not a url"])
def test_what_is_unknown_is_said_to_be_unknown(settings: Settings, wanted: str) -> None:
    with pytest.raises(UnknownItem, match=wanted):
        explain(settings, wanted)
