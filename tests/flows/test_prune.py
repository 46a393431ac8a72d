"""Forgetting by the retention settings, and what is never forgotten."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from pipeline.adapters.ledger import entries, feeds, runs
from pipeline.adapters.ledger.database import Ledger
from pipeline.adapters.ledger.schema import story_signatures
from pipeline.flows.explain import explain
from pipeline.flows.prune import Pruned, prune
from pipeline.flows.reprocess import reprocess
from pipeline.settings import Settings
from pipeline.stages.fold.likeness import WINDOW
from tests.support.databases import database
from tests.support.rounds import NOON, collect_at, settings_of
from tests.support.site import Reply, Site, item, open_site, page, rss, words

NOTHING = Pruned(0, 0, 0, 0)
DAY = timedelta(days=1)


@pytest.fixture
def site() -> Iterator[Site]:
    with open_site() as opened:
        opened.replies["/story/1"] = page("Story 1", words(1), words(101))
        opened.replies["/story/2"] = Reply(b"down", 503)
        links = [item(f"{opened.url}/story/{n}", f"Story {n}", summary=f"Summary {n}.") for n in (1, 2)]
        opened.replies["/feed"] = rss(opened, *links)
        yield opened


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, site: Site, tmp_path: Path) -> Iterator[Settings]:
    """One stored and one pending entry, both of noon."""
    with database(request.param, tmp_path) as url:
        made = settings_of(tmp_path, [f"{site.url}/feed"], database_url=url)
        collect_at(made)
        yield made


def files(settings: Settings) -> int:
    return sum(1 for _ in (settings.home / "archive").rglob("*.warc"))


def test_nothing_goes_before_its_time(settings: Settings) -> None:
    assert prune(settings, NOON + 30 * DAY) == NOTHING
    assert files(settings) > 0


def test_the_fetch_log_goes_but_for_what_is_pending_or_points_to_a_page(settings: Settings, site: Site) -> None:
    assert prune(settings, NOON + 31 * DAY).fetches == 1  # the feed's own
    assert len(explain(settings, f"{site.url}/story/1").fetches) == 1
    assert len(explain(settings, f"{site.url}/story/2").fetches) == 1


def test_what_sites_ask_of_robots_goes_when_it_is_long_out_of_date(settings: Settings, site: Site) -> None:
    def kept() -> bool:
        with Ledger(settings.ledger_url) as ledger, ledger.read() as connection:
            return feeds.robots_file(connection, site.url) is not None

    prune(settings, NOON + 2 * DAY)
    assert kept()
    prune(settings, NOON + 8 * DAY)
    assert not kept()


def test_runs_go_but_for_those_that_left_something_pending(settings: Settings) -> None:
    collect_at(settings, hours=24)
    assert prune(settings, NOON + 92 * DAY).runs == 1
    with Ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        assert len(runs.reports(connection)) == 1


def test_raw_pages_go_and_their_stories_stay(settings: Settings, site: Site) -> None:
    pruned = prune(settings, NOON + 182 * DAY)
    assert (pruned.files > 0, pruned.bytes > 0, files(settings)) == (True, True, 0)
    told = explain(settings, f"{site.url}/story/1")
    assert told.story is not None
    assert told.story["text"] == "\n".join((words(1), words(101)))
    assert prune(settings, NOON + 182 * DAY) == NOTHING


def test_signatures_of_texts_too_old_for_copies_go(settings: Settings) -> None:
    def kept() -> int:
        with Ledger(settings.ledger_url) as ledger, ledger.read() as connection:
            return connection.execute(select(func.count()).select_from(story_signatures)).scalar_one()

    before = kept()
    prune(settings, NOON + WINDOW)
    assert (kept(), before > 0) == (before, True)
    prune(settings, NOON + WINDOW + DAY)
    assert kept() == 0


def test_what_was_pruned_never_comes_back_as_new(settings: Settings, site: Site) -> None:
    prune(settings, NOON + 400 * DAY)
    site.replies["/feed"] = Reply(site.replies["/feed"].body, content_type="application/rss+xml")
    report = collect_at(settings, hours=400 * 24)
    assert report.entries["created"] == 0
    with Ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        assert entries.total(connection) == 2


def test_a_story_whose_page_was_pruned_is_lost_to_reprocessing_and_stays(
    settings: Settings, site: Site, tmp_path: Path
) -> None:
    prune(settings, NOON + 182 * DAY)
    topics = tmp_path / "topics"
    topics.mkdir()
    (topics / "sea.yaml").write_text(
        "name: Sea\ndescription: The sea.\nthreshold: 0.5\nreferences: [{title: Sea, text: The sea.}]\n"
        "groups: {terms: {sea: [sea], ship: [ship]}}\nsubject: {sea: 1}\ntogether: [{ship: 1}]\n"
    )
    other = settings.model_copy(update={"topics": topics, "elasticsearch_url": "http://127.0.0.1:9"})
    done = reprocess(other, lambda _: None)
    assert [reason for _, reason in done.lost] == ["its page is no longer in the archive"]
    assert explain(settings, f"{site.url}/story/1").story is not None
