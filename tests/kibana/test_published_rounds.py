"""What a round writes for boards beside its report, in a real index; and that trouble there costs nothing."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipeline.adapters.search_index.client import SearchIndex
from pipeline.adapters.search_index.records import Note
from pipeline.errors import CannotRun
from pipeline.flows.report import report_json
from pipeline.model import RunReport
from pipeline.settings import Settings
from tests.support.rounds import collect_at, settings_of
from tests.support.site import Reply, Site, item, open_site, page, rss, words

Request = Callable[..., Any]


@dataclass(frozen=True)
class Boards:
    """A round's report and what the boards' indices held after it, by id."""

    report: RunReport
    runs: dict[str, dict[str, Any]]
    feeds: dict[str, dict[str, Any]]
    alerts: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def own_prefix(elasticsearch: Request) -> Iterator[str]:
    name = "test-published"
    yield name
    elasticsearch("DELETE", f"/{name}-v1,{name}-runs,{name}-feeds,{name}-alerts")
    elasticsearch("DELETE", f"/_index_template/{name}*")


def feed_of_three(site: Site, title: str) -> Reply:
    links = [item(f"{site.url}/story/{n}", f"Story {n}", summary=f"Summary {n}.") for n in (1, 2, 3)]
    return rss(site, *links, title=title)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """Three stories, the page of the third is not there."""
    with open_site() as opened:
        for number in (1, 2):
            lines = (words(number), "Subscribe to our newsletter", words(number + 100))
            opened.replies[f"/story/{number}"] = page(f"Story {number}", *lines)
        opened.replies["/feed"] = feed_of_three(opened, "Test feed")
        yield opened


@pytest.fixture(scope="module")
def settings(site: Site, tmp_path_factory: pytest.TempPathFactory, elasticsearch_url: str, own_prefix: str) -> Settings:
    urls = [f"{site.url}/feed", f"{site.url}/missing"]
    home = tmp_path_factory.mktemp("published")
    return settings_of(home, urls, elasticsearch_url=elasticsearch_url, index=own_prefix)


def documents(elasticsearch: Request, index: str) -> dict[str, dict[str, Any]]:
    elasticsearch("POST", f"/{index}/_refresh")
    hits = elasticsearch("GET", f"/{index}/_search?size=100")["hits"]["hits"]
    return {hit["_id"]: hit["_source"] for hit in hits}


def boards(elasticsearch: Request, index: str, report: RunReport) -> Boards:
    held = {board: documents(elasticsearch, f"{index}-{board}") for board in ("runs", "feeds", "alerts")}
    return Boards(report, **held)


@pytest.fixture(scope="module")
def rounds(settings: Settings, site: Site, elasticsearch: Request, own_prefix: str) -> list[Boards]:
    """At noon; a moment later, when nothing is due; and two days later, when the feed has only another title."""
    first, second = (boards(elasticsearch, own_prefix, collect_at(settings, hours)) for hours in (0, 0.01))
    site.replies["/feed"] = feed_of_three(site, "Another title")
    return [first, second, boards(elasticsearch, own_prefix, collect_at(settings, 48))]


def test_a_run_tells_of_pages_backlog_and_removed_lines(rounds: list[Boards]) -> None:
    run = rounds[0].runs[rounds[0].report.run_id]
    rules = [rule for rule in rounds[0].runs.values() if "rule" in rule]
    assert run["pages"] == {"fetched": 2, "failed": 1, "fell_back": 1}
    assert run["backlog"] == {"pending": 0, "waiting": 3, "dead": 0}
    lines = {rule["rule"]: rule["lines"] for rule in rules}
    assert lines["subscribe"] >= 2
    assert sum(lines.values()) == run["removed_lines"]
    assert {rule["run_id"] for rule in rules} == {rounds[0].report.run_id}


def test_a_round_that_did_nothing_adds_nothing_but_itself(rounds: list[Boards]) -> None:
    report = rounds[1].report
    assert rounds[1].runs.keys() - rounds[0].runs.keys() == {report.run_id}
    assert rounds[1].runs[report.run_id]["pages"] == {"fetched": 0, "failed": 0, "fell_back": 0}
    assert rounds[1].runs[report.run_id]["removed_lines"] == 0


def test_each_feed_is_one_document_with_its_state_and_last_fetch(rounds: list[Boards]) -> None:
    feeds = rounds[0].feeds
    assert sorted(feeds) == ["feed-1", "feed-2"]
    good, bad = feeds["feed-1"], feeds["feed-2"]
    assert (good["state"], good["failures"], good["last_problem"]) == ("ok", 0, None)
    assert good["document"] == {"seen": 3, "new": 3}
    assert (good["fetch"]["outcome"], good["fetch"]["status"]) == ("changed", 200)
    assert good["fetch"]["milliseconds"] >= 0
    assert (bad["state"], bad["failures"], bad["fetch"]["status"]) == ("failing", 1, 404)
    assert bad["last_problem"].startswith("http_status: ")
    assert "document" not in bad


def test_a_feed_that_was_not_due_keeps_its_figures(rounds: list[Boards]) -> None:
    before, after = rounds[0].feeds["feed-1"], rounds[1].feeds["feed-1"]
    assert rounds[1].report.feeds["due"] == 0
    assert (after["fetch"], after["document"]) == (before["fetch"], before["document"])
    assert after["run_id"] == rounds[1].report.run_id


def test_a_document_without_news_has_none(rounds: list[Boards]) -> None:
    assert rounds[2].report.feeds["due"] == 2
    assert rounds[2].feeds["feed-1"]["document"] == {"seen": 3, "new": 0}
    assert rounds[2].feeds["feed-2"]["failures"] == 2


def test_trouble_that_lasts_is_one_alarm_told_again(rounds: list[Boards]) -> None:
    first, second, third = (held.alerts for held in rounds)
    assert [alarm["kind"] for alarm in first.values()] == ["feed_failing"]
    assert sorted(alarm["kind"] for alarm in second.values()) == ["backlog", "feed_failing"]
    assert third.keys() == second.keys()
    for name, alarm in third.items():
        assert alarm["first_told_at"] == (second | first)[name]["@timestamp"]
        assert alarm["@timestamp"] == "2024-10-23T12:00:00Z"
        assert alarm["run_id"] == rounds[2].report.run_id


def test_a_feed_that_left_the_list_leaves_the_board(
    rounds: list[Boards], settings: Settings, site: Site, elasticsearch: Request, tmp_path: Path
) -> None:
    shorter = settings_of(tmp_path, [f"{site.url}/feed"])
    collect_at(settings.model_copy(update={"feeds": shorter.feeds}), 48.01)
    assert sorted(documents(elasticsearch, f"{settings.index}-feeds")) == ["feed-1"]


def test_a_server_that_is_away_fails_no_round(rounds: list[Boards], settings: Settings) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        away = f"http://127.0.0.1:{probe.getsockname()[1]}"
    assert collect_at(settings.model_copy(update={"elasticsearch_url": away}), 48.02).balanced


def test_an_index_that_takes_nothing_fails_no_round_and_the_others_are_written(
    rounds: list[Boards], settings: Settings, elasticsearch: Request
) -> None:
    elasticsearch("PUT", f"/{settings.index}-feeds/_settings", {"index.blocks.write": True})
    report = collect_at(settings, 48.03)
    elasticsearch("PUT", f"/{settings.index}-feeds/_settings", {"index.blocks.write": None})
    assert report.balanced
    assert report.run_id in documents(elasticsearch, f"{settings.index}-runs")


def test_an_index_that_is_missing_is_made_by_its_mapping(
    rounds: list[Boards], settings: Settings, elasticsearch: Request
) -> None:
    name = f"{settings.index}-feeds"
    elasticsearch("DELETE", f"/{name}")
    elasticsearch("DELETE", f"/_index_template/{name}")
    collect_at(settings, 48.04)
    assert elasticsearch("GET", f"/{name}/_mapping")[name]["mappings"]["dynamic"] == "strict"


def test_an_index_of_an_older_program_gets_its_new_fields_first(
    rounds: list[Boards], settings: Settings, elasticsearch: Request
) -> None:
    name = f"{settings.index}-runs"
    elasticsearch("PUT", f"/{name}/_mapping", {"_meta": {"sitrep": {"mapping": "of an older program"}}})
    collect_at(settings, 48.05)
    meta = elasticsearch("GET", f"/{name}/_mapping")[name]["mappings"]["_meta"]
    assert meta["sitrep"]["mapping"] != "of an older program"


def test_what_was_told_long_ago_goes(
    rounds: list[Boards], settings: Settings, elasticsearch: Request, index: SearchIndex, prefix: str
) -> None:
    index.keep([Note("runs", day, {"@timestamp": f"2024-10-{day}T12:00:00Z"}) for day in ("01", "02", "03")])
    index.keep([Note("alerts", "old", {"@timestamp": "2024-09-01T12:00:00Z"})])
    elasticsearch("POST", f"/{prefix}-*/_refresh")
    assert index.drop_notes("2024-10-03T00:00:00Z") == 3
    elasticsearch("POST", f"/{prefix}-*/_refresh")
    assert index.drop_notes("2024-10-03T00:00:00Z") == 0
    assert sorted(documents(elasticsearch, f"{prefix}-runs")) == ["03"]
    late = collect_at(settings, 24 * (settings.retain_runs_days + 1))
    kept = documents(elasticsearch, f"{settings.index}-runs")
    assert late.run_id in kept
    assert rounds[0].report.run_id not in kept


def test_notes_that_are_refused_are_told_and_the_others_kept(
    index: SearchIndex, elasticsearch: Request, prefix: str
) -> None:
    good, bad = Note("alerts", "good", {"kind": "backlog"}), Note("alerts", "bad", {"mood": "gloomy"})
    with pytest.raises(CannotRun, match=r"1 notes for boards were refused at .*: bad: .*mood"):
        index.keep([bad, good, Note("feeds", "never-there", None)])
    assert sorted(documents(elasticsearch, f"{prefix}-alerts")) == ["good"]


def test_many_notes_and_strange_text_arrive(index: SearchIndex, elasticsearch: Request, prefix: str) -> None:
    notes = [Note("alerts", f"n{number}", {"detail": "lone \ud800 surrogate"}, merge=True) for number in range(600)]
    index.keep(notes)
    index.keep([Note("alerts", note.id, None) for note in notes[:560]])
    assert len(documents(elasticsearch, f"{prefix}-alerts")) == 40


def test_the_report_of_the_command_is_as_it_was(rounds: list[Boards]) -> None:
    names = ("run_id", "now", "seconds", "balanced", "feeds", "entries", "retried", "stories", "problems")
    assert tuple(report_json(rounds[0].report)) == names
