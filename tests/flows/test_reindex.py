"""A fresh index from the ledger while rounds go on."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import CannotRun
from pipeline.flows import round as flow
from pipeline.flows.audit import audit
from pipeline.flows.reindex import reindex
from pipeline.settings import Settings
from tests.support.rounds import NOON, collect_at, settings_of
from tests.support.site import Site, item, open_site, page, rss, words

Request = Callable[..., Any]
COUNT = 4


@pytest.fixture
def site() -> Iterator[Site]:
    with open_site() as opened:
        publish(opened, COUNT)
        yield opened


def publish(site: Site, count: int) -> None:
    for number in range(1, count + 1):
        site.replies[f"/story/{number}"] = page(f"Story {number}", words(number), words(number + 100))
    links = [item(f"{site.url}/story/{n}", f"Story {n}", summary=f"Summary {n}.") for n in range(1, count + 1)]
    site.replies["/feed"] = rss(site, *links)


@pytest.fixture
def settings(site: Site, tmp_path: Path, elasticsearch_url: str, prefix: str) -> Settings:
    made = settings_of(tmp_path, [f"{site.url}/feed"], elasticsearch_url=elasticsearch_url, index=prefix)
    run_id = flow.plan(made, NOON)
    flow.collect(made, run_id)
    flow.deliver(made, run_id)
    flow.report(made, run_id)
    return made


def silent(_message: str) -> None:
    """Nobody listens."""


def behind(elasticsearch: Request, alias: str) -> list[str]:
    return list(elasticsearch("GET", f"/_alias/{alias}") or {})


def test_the_index_is_built_anew_and_takes_the_place_of_the_old_one(settings: Settings, elasticsearch: Request) -> None:
    done = reindex(settings, silent)
    assert (done.index, done.documents, done.caught_up, done.waiting) == (f"{settings.index}-v2", COUNT, 0, 0)
    assert behind(elasticsearch, settings.index) == behind(elasticsearch, f"{settings.index}-write") == [done.index]
    assert elasticsearch("GET", f"/{settings.index}-v1") is None
    assert audit(settings, silent).clean


def test_what_somebody_broke_in_the_index_is_whole_again(settings: Settings, elasticsearch: Request) -> None:
    elasticsearch("POST", f"/{settings.index}-v1/_doc/{'f' * 32}", {"title": "not ours"})
    reindex(settings, silent)
    assert audit(settings, silent).clean


def test_a_round_that_delivers_in_between_is_caught_up_with(settings: Settings, site: Site) -> None:
    publish(site, COUNT + 2)

    def a_round_meanwhile(_what: str, _done: int, _all: int) -> None:
        if len(site.paths()) < 2 * COUNT:
            site.asked += [("/already", {})] * 100
            collect_at(settings, hours=1)
            assert flow.deliver_backlog(settings).indexed == 2

    site.asked.clear()
    done = reindex(settings, silent, a_round_meanwhile)
    assert done.documents + done.caught_up == COUNT + 2  # where their ids come late, the first pass has met them
    assert audit(settings, silent).clean


def test_a_rebuild_that_cannot_be_filled_leaves_the_old_index_untouched(
    settings: Settings, elasticsearch: Request
) -> None:
    def nothing_can_be_written(_what: str, _done: int, _all: int) -> None:
        elasticsearch("PUT", f"/{settings.index}-v2/_settings", {"index.blocks.write": True})

    with pytest.raises(CannotRun, match="the old one is untouched"):
        reindex(settings, silent, nothing_can_be_written)
    assert behind(elasticsearch, settings.index) == [f"{settings.index}-v1"]
    assert elasticsearch("GET", f"/{settings.index}-v2") is None
    assert audit(settings, silent).clean


def test_what_a_killed_rebuild_has_left_is_cleared_away(settings: Settings, elasticsearch: Request) -> None:
    elasticsearch("PUT", f"/{settings.index}-v2", {})
    done = reindex(settings, silent)
    assert done.index == f"{settings.index}-v3"
    assert elasticsearch("GET", f"/{settings.index}-v2") is None
    assert audit(settings, silent).clean
