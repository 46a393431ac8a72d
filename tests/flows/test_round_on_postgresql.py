"""The same rounds with the ledger on a real PostgreSQL."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from pipeline.errors import ServerUnreachable
from pipeline.flows import round as flow
from pipeline.settings import Settings
from tests.support.databases import postgres_database, postgres_url
from tests.support.rounds import NOON, collect_at, settings_of
from tests.support.site import Site, item, open_site, page, rss, words

COUNT = 4


@pytest.fixture
def site() -> Iterator[Site]:
    with open_site() as opened:
        for number in range(1, COUNT + 1):
            opened.replies[f"/story/{number}"] = page(f"Story {number}", words(number), words(number + 100))
        links = [item(f"{opened.url}/story/{n}", f"Story {n}", summary=f"Summary {n}.") for n in range(1, COUNT + 1)]
        opened.replies["/feed"] = rss(opened, *links)
        yield opened


@pytest.fixture
def settings(site: Site, tmp_path: Path) -> Iterator[Settings]:
    with postgres_database() as url:
        yield settings_of(tmp_path, [f"{site.url}/feed"], database_url=url)


def test_rounds_balance_and_a_second_one_changes_nothing(settings: Settings) -> None:
    assert collect_at(settings).entries["created"] == COUNT
    second = collect_at(settings, hours=1)
    assert (second.balanced, second.feeds["not_modified"], second.stories["waiting"]) == (True, 1, COUNT)


def test_a_database_that_goes_in_mid_round_ends_it_with_a_reason(settings: Settings, site: Site) -> None:
    run_id = flow.plan(settings, NOON)
    site.held = "/story/"
    gone = threading.Thread(target=_drop_once_asked, args=(site, settings.ledger_url.rpartition("/")[2]))
    gone.start()
    with pytest.raises(ServerUnreachable, match="ledger's database"):
        flow.collect(settings, run_id)
    gone.join()


def _drop_once_asked(site: Site, name: str) -> None:
    while not any(path.startswith("/story/") for path in site.paths()):
        site.released.wait(0.05)
    engine = create_engine(postgres_url().replace("postgresql://", "postgresql+psycopg://"))
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(f"DROP DATABASE {name.partition('?')[0]} WITH (FORCE)"))
    engine.dispose()
    site.released.set()
