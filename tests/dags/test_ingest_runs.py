"""The DAG run for real, task by task in Airflow, over a small site and a real index."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.adapters.airflow import Airflow
from pipeline.adapters.ledger import outbox, runs
from pipeline.adapters.ledger.database import Ledger
from pipeline.adapters.ledger.overview import past_runs
from pipeline.errors import CannotRun
from pipeline.flows.lock import round_lock
from pipeline.settings import CHECKOUT, Settings
from tests.support.databases import postgres_database
from tests.support.rounds import settings_of
from tests.support.site import Site, item, open_site, page, rss, words

NOON, ONE = "2024-10-21T12:00:00Z", "2024-10-21T13:00:00Z"
LIMIT = 240.0
CLOSED = "http://127.0.0.1:9"
PATIENCE = '"retry_delay": timedelta(seconds=30)'


class Impatient(Airflow):
    """Airflow over the project's DAG as it is, but for the pause before a task is tried again."""

    @property
    def environment(self) -> dict[str, str]:
        folder = self.home / "dags"
        folder.mkdir(exist_ok=True)
        source = (CHECKOUT / "dags" / "ingest.py").read_text(encoding="utf-8")
        assert source.count(PATIENCE) == 1
        hurried = source.replace(PATIENCE, '"retry_delay": timedelta(0)')
        (folder / "ingest.py").write_text(hurried, encoding="utf-8")
        return super().environment | {"AIRFLOW__CORE__DAGS_FOLDER": str(folder)}


@pytest.fixture(scope="module")
def airflow_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("airflow of the runs")
    Airflow(home, os.environ).migrate()
    return home


def environ(settings: Settings, **more: str) -> dict[str, str]:
    given = {"home": str(settings.home), "feeds": str(settings.feeds), "allow_hosts": "127.0.0.1", "host_delay": "0"}
    return {**os.environ, **{f"SITREP_{name.upper()}": value for name, value in (given | more).items()}}


def offer(site: Site) -> None:
    site.replies["/feed"] = rss(site, *(item(f"{site.url}/story/{n}", f"Story {n}") for n in (1, 2)))
    for number in (1, 2):
        site.replies[f"/story/{number}"] = page(f"Story {number}", words(number), words(number + 10))


def reports(settings: Settings) -> list[dict[str, Any]]:
    with Ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        return runs.reports(connection)


def test_a_run_delivers_into_the_index_and_the_next_asks_with_the_validators(
    airflow_home: Path, tmp_path: Path, elasticsearch_url: str, elasticsearch: Callable[..., Any], prefix: str
) -> None:
    with open_site() as site:
        offer(site)
        settings = settings_of(tmp_path / "home", [f"{site.url}/feed"])
        airflow = Airflow(airflow_home, environ(settings, elasticsearch_url=elasticsearch_url, index=prefix))
        airflow.run_dag("ingest", {"now": NOON}, LIMIT)
        found = elasticsearch("GET", f"/{prefix}/_search")["hits"]["hits"]
        assert sorted(hit["_source"]["title"] for hit in found) == ["Story 1", "Story 2"]
        site.asked.clear()
        airflow.run_dag("ingest", {"now": ONE}, LIMIT)
        ((path, headers),) = [asked for asked in site.asked if asked[0] != "/robots.txt"]
        assert (path, "if-none-match" in headers) == ("/feed", True)
    first, second = reports(settings)
    assert (first["now"], first["balanced"], first["entries"]["created"], first["stories"]["indexed"]) == (
        NOON,
        True,
        2,
        2,
    )
    assert (second["now"], second["feeds"]["not_modified"], second["stories"]["indexed"]) == (ONE, 1, 0)


def test_a_run_over_two_shards_collects_each_feed_once(airflow_home: Path, tmp_path: Path) -> None:
    with open_site() as site, postgres_database() as url:
        offer(site)
        site.replies["/other"] = site.replies["/feed"]
        elsewhere = f"{site.url.replace('127.0.0.1', 'localhost')}/other"  # a host of the other shard
        settings = settings_of(tmp_path / "home", [f"{site.url}/feed", elsewhere])
        more = {"database_url": url, "shards": "2", "elasticsearch_url": CLOSED, "allow_hosts": "127.0.0.1,localhost"}
        with pytest.raises(CannotRun, match="2 stories wait for the index"):
            Impatient(airflow_home, environ(settings, **more)).run_dag("ingest", {"now": NOON}, LIMIT)
        assert sorted(path for path in site.paths() if path in ("/feed", "/other")) == ["/feed", "/other"]
        with Ledger(url) as ledger, ledger.read() as connection:
            (report,) = runs.reports(connection)
    assert (report["balanced"], report["feeds"]["changed"], report["entries"]["seen"]) == (True, 2, 4)


def test_a_broken_feed_list_fails_the_run_at_once_with_every_mistake(airflow_home: Path, tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "home", ["ftp://example.org/feed"])
    settings.feeds.write_text(settings.feeds.read_text() + "  colour: red\n")
    with pytest.raises(CannotRun) as raised:
        Airflow(airflow_home, environ(settings)).run_dag("ingest", {}, LIMIT)
    told = str(raised.value)
    assert "url must be an absolute http or https URL" in told
    assert "colour" in told
    assert "Traceback" not in told
    assert not (settings.home / "ledger.sqlite").exists(), "nothing was tried again, nothing begun"


def test_a_run_is_skipped_while_another_round_works(airflow_home: Path, tmp_path: Path) -> None:
    with open_site() as site:
        offer(site)
        settings = settings_of(tmp_path / "home", [f"{site.url}/feed"])
        with round_lock(settings.home):
            Airflow(airflow_home, environ(settings)).run_dag("ingest", {"now": NOON}, LIMIT)
        assert site.asked == []
    assert not (settings.home / "ledger.sqlite").exists()


def test_an_index_that_is_away_fails_the_run_and_the_stories_wait_in_the_ledger(
    airflow_home: Path, tmp_path: Path
) -> None:
    with open_site() as site:
        offer(site)
        settings = settings_of(tmp_path / "home", [f"{site.url}/feed"])
        airflow = Impatient(airflow_home, environ(settings, elasticsearch_url=CLOSED))
        with pytest.raises(CannotRun) as raised:
            airflow.run_dag("ingest", {"now": NOON}, LIMIT)
        assert [path for path in site.paths() if path == "/feed"] == ["/feed"], "collect is not done again"
    assert "2 stories wait for the index, safe in the ledger" in str(raised.value)
    assert "deliver failed; the next round goes on" in str(raised.value)
    (report,) = reports(settings)
    assert (report["balanced"], report["entries"]["created"], report["stories"]["waiting"]) == (True, 2, 2)
    with Ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        assert outbox.waiting(connection) == 2
        assert past_runs(connection, 5)[0].ended_at is not None
