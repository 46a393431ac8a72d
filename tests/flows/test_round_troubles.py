"""What a round meets that is in its way: other rounds, its own death, bad settings, bad feeds, work that cannot end."""

import importlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from pipeline.adapters.ledger import feeds
from pipeline.adapters.ledger.database import Ledger
from pipeline.errors import ConfigError, RoundRunning
from pipeline.flows import round as flow
from pipeline.flows.lock import round_lock
from tests.support.rounds import (
    NOON,
    all_stories,
    collect_at,
    collect_killed,
    entry_states,
    outcomes,
    publish,
    settings_of,
)
from tests.support.site import Reply, Site, open_site


@pytest.fixture
def site() -> Iterator[Site]:
    with open_site() as opened:
        yield opened


def test_a_second_round_is_refused_while_one_runs_and_names_its_pid(site: Site, tmp_path: Path) -> None:
    publish(site, 1)
    settings = settings_of(tmp_path, [f"{site.url}/feed"])
    with round_lock(settings.home), pytest.raises(RoundRunning, match=f"pid {os.getpid()}, started 2"):
        flow.plan(settings, NOON)


def test_a_round_killed_in_the_middle_goes_on_as_if_nothing_had_happened(site: Site, tmp_path: Path) -> None:
    publish(site, 6)
    settings = settings_of(tmp_path, [f"{site.url}/feed"])
    run_id = flow.plan(settings, NOON)
    collect_killed(settings, run_id, site)
    flow.collect(settings, run_id)
    report = flow.report(settings, run_id)
    assert outcomes(report) == {"seen": 6, "created": 6}
    assert report.retried["tried"] == 0
    assert entry_states(settings) == {"stored": 6}
    assert len(all_stories(settings)) == 6


def test_the_next_round_finishes_what_an_earlier_one_left(site: Site, tmp_path: Path) -> None:
    publish(site, 3)
    settings = settings_of(tmp_path, [f"{site.url}/feed"])
    site.replies |= {f"/story/{n}": Reply(b"", 503) for n in (1, 2, 3)}
    collect_at(settings)
    publish(site, 3)
    report = collect_at(settings, hours=1)
    assert report.retried == {"tried": 3, "done": 3, "pending": 0, "failed": 0}
    assert entry_states(settings) == {"stored": 3}


def test_a_proxy_is_not_used_and_the_round_says_so(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(site, 1)
    monkeypatch.setenv("HTTPS_PROXY", "http://user:secret@127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://user:secret@127.0.0.1:9")
    settings = settings_of(tmp_path, [f"{site.url}/feed"])
    with capture_logs() as told:
        assert outcomes(collect_at(settings)) == {"seen": 1, "created": 1}
    assert [event["setting"] for event in told if "setting" in event] == ["HTTPS_PROXY"]
    assert "secret" not in str(told)


@pytest.mark.parametrize(("work", "state"), [("dies_on_a_page", "pending"), ("raises_on_a_page", "stored")])
def test_a_page_that_text_work_cannot_finish_costs_only_itself(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, work: str, state: str
) -> None:
    """A worker that died may have been killed by somebody else, so its page gets another chance."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "support" / "in_workers"))
    publish(site, 2)
    settings = settings_of(tmp_path, [f"{site.url}/feed"])
    with monkeypatch.context() as broken:
        broken.setattr("pipeline.flows.follow.read_entry", getattr(importlib.import_module("entry_calls"), work))
        report = collect_at(settings)
    assert {problem.kind for problem in report.problems} == {"text_work"}
    assert entry_states(settings) == {state: 2}
    assert {story.content_source for story in all_stories(settings)} == {"feed"}
    report = collect_at(settings, hours=1)
    assert report.retried["done"] == (2 if state == "pending" else 0)


def test_a_round_without_a_contact_asks_no_stranger(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, ["https://example.org/feed"])
    with pytest.raises(ConfigError, match="SITREP_CONTACT"):
        flow.plan(settings, NOON)


def test_every_mistake_of_every_file_is_named_at_once(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, ["not a url"], topics=tmp_path / "nowhere.yaml")
    with pytest.raises(ConfigError) as raised:
        flow.plan(settings, NOON)
    assert {"feeds.yaml" in problem for problem in raised.value.problems} == {True, False}


def test_when_the_time_is_over_nothing_is_asked_and_nothing_is_lost(site: Site, tmp_path: Path) -> None:
    publish(site, 2)
    settings = settings_of(tmp_path, [f"{site.url}/feed"], round_limit=0)
    report = collect_at(settings)
    assert outcomes(report) == {}
    assert site.asked == []
    assert outcomes(collect_at(settings_of(tmp_path, [f"{site.url}/feed"]))) == {"seen": 2, "created": 2}


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(b"<!doctype html><html><body>A page</body></html>"), "html"),
        (Reply(b""), "empty_feed"),
        (Reply(b"down", 500), "http_status"),
        (Reply(b"moved", 301, headers={"Location": "http://10.0.0.1/feed"}), "address_refused"),
    ],
)
def test_a_feed_in_trouble_is_a_named_problem_and_keeps_its_turn(
    site: Site, tmp_path: Path, reply: Reply, kind: str
) -> None:
    site.replies["/feed"] = reply
    settings = settings_of(tmp_path, [f"{site.url}/feed"])
    report = collect_at(settings)
    assert report.feeds["failed"] == 1
    assert [problem.kind for problem in report.problems] == [kind]
    assert report.problems[0].retry_at is not None
    with Ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        assert feeds.states(connection)["feed-1"].failures == 1


def test_an_unreadable_document_keeps_the_validators_of_the_last_good_one(site: Site, tmp_path: Path) -> None:
    publish(site, 1)
    settings = settings_of(tmp_path, [f"{site.url}/feed"])
    collect_at(settings)
    good = site.replies["/feed"]
    site.replies["/feed"] = Reply(b"<html><body>maintenance</body></html>", etag=True)
    collect_at(settings, hours=1)
    site.replies["/feed"] = good
    site.asked.clear()
    assert collect_at(settings, hours=12).feeds["not_modified"] == 1
    assert "if-none-match" in site.asked[0][1]
