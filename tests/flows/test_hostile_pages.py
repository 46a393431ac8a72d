"""A page or feed that is built to take forever costs its own time limit and one worker, and nobody else anything."""

import importlib
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest

from pipeline.adapters.workers import Workers
from tests.support.rounds import all_stories, collect_at, outcomes, publish, settings_of
from tests.support.site import Site, item, open_site, page, rss, words

COUNT = 5


@pytest.fixture
def site() -> Iterator[Site]:
    with open_site() as opened:
        publish(opened, COUNT)
        yield opened


@pytest.fixture
def trapped(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The text work of one single worker, which may take a third of a second of CPU for a call."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "support" / "in_workers"))
    monkeypatch.setattr("pipeline.flows.work_round.cores", lambda: 1)
    monkeypatch.setattr("pipeline.flows.work_round.Workers", partial(Workers, cpu_limit=0.3))
    return importlib.import_module("trapped_calls")


def workers(noted: Path) -> Counter[str]:
    """How many calls each worker has begun."""
    return Counter(noted.read_text().split())


def test_a_page_without_end_costs_one_worker_and_the_others_are_told(
    site: Site, tmp_path: Path, trapped: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.replies["/trap"] = page("Trap", words(90))
    links = [item(f"{site.url}/story/{n}", f"Story {n}") for n in range(1, COUNT + 1)]
    links.insert(2, item(f"{site.url}/trap", "Trap", summary="What the feed says of it."))
    site.replies["/feed"] = rss(site, *links)
    monkeypatch.setattr("pipeline.flows.follow.read_entry", partial(trapped.read_entry, str(tmp_path / "noted")))
    report = collect_at(settings_of(tmp_path, [f"{site.url}/feed"]))
    assert outcomes(report) == {"seen": COUNT + 1, "created": COUNT + 1}
    assert [(problem.kind, problem.detail) for problem in report.problems] == [
        ("text_work", "took more than 0.3 s of CPU")
    ]
    told = {story.title: story.content_source for story in all_stories(settings_of(tmp_path, [f"{site.url}/feed"]))}
    assert told == {f"Story {n}": "page" for n in range(1, COUNT + 1)} | {"Trap": "feed"}
    # The trap's page, then its feed's words: no page is looked at twice, and one worker has followed the other.
    calls = workers(tmp_path / "noted")
    assert (len(calls), calls.total()) == (2, COUNT + 2)


def test_a_feed_without_end_costs_one_worker_and_the_others_are_read(
    site: Site, tmp_path: Path, trapped: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.replies["/trap"] = rss(site, item(f"{site.url}/story/1", "Story 1"))
    site.replies["/other"] = site.replies["/feed"]
    monkeypatch.setattr("pipeline.flows.poll.read_feed", partial(trapped.read_feed, str(tmp_path / "noted")))
    settings = settings_of(tmp_path, [f"{site.url}/feed", f"{site.url}/trap"])
    report = collect_at(settings)
    assert (report.feeds["changed"], report.feeds["failed"]) == (1, 1)
    assert outcomes(report) == {"seen": COUNT, "created": COUNT}
    assert [(problem.feed, problem.kind) for problem in report.problems] == [("feed-2", "unreadable_feed")]
    calls = workers(tmp_path / "noted")
    assert calls.total() == 2
