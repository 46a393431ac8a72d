"""Collectors side by side: every feed to one of them, every host at its pace, whatever ends one of them."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from pipeline.adapters.ledger import feeds, leases
from pipeline.adapters.ledger.database import Ledger
from pipeline.errors import RoundRunning
from pipeline.flows import round as flow
from pipeline.flows import shards as shards_module
from pipeline.flows.shards import SLICES, Shard, held_part, slice_of
from pipeline.model import FeedSource
from pipeline.settings import Settings
from tests.support.databases import postgres_database
from tests.support.rounds import NOON, collect_at, collect_killed, entry_states, settings_of
from tests.support.site import Reply, Site, item, open_site, page, rss, words

PATHS = ("/feed", "/other-feed")


@pytest.fixture
def site() -> Iterator[Site]:
    """Two feeds, each of two stories; the second is asked by another name, which lies in the other half of two."""
    with open_site() as opened:
        for number in (1, 2, 3, 4):
            opened.replies[f"/story/{number}"] = page(f"Story {number}", words(number), words(number + 100))
        for path, numbers in zip(PATHS, ((1, 2), (3, 4)), strict=True):
            links = [item(f"{opened.url}/story/{n}", f"Story {n}", summary=f"Summary {n}.") for n in numbers]
            opened.replies[path] = rss(opened, *links)
        yield opened


def feed_urls(site: Site) -> list[str]:
    urls = [f"{site.url}{PATHS[0]}", f"{site.url.replace('127.0.0.1', 'localhost')}{PATHS[1]}"]
    assert [slice_of(feed(url)) % 2 for url in urls] == [0, 1]
    return urls


def feed(url: str) -> FeedSource:
    return FeedSource("some-feed", "Some feed", url)


def settings_for(site: Site, home: Path, **more: object) -> Settings:
    return settings_of(home, feed_urls(site), allow_hosts="127.0.0.1,localhost", **more)


def asked_feeds(site: Site) -> list[str]:
    return sorted(path for path in site.paths() if path in PATHS)


@given(st.integers(1, SLICES))
def test_every_slice_belongs_to_exactly_one_collector(count: int) -> None:
    dealt = [number for shard in range(count) for number in Shard(shard, count).slices()]
    assert sorted(dealt) == list(range(SLICES))
    assert all(Shard(shard, count).slices() for shard in range(count))


def test_feeds_are_dealt_out_evenly_and_those_of_one_host_stay_together() -> None:
    counts = [0] * SLICES
    for number in range(20_000):
        counts[slice_of(feed(f"https://site-{number}.example/feed"))] += 1
    assert min(counts) > 20_000 / SLICES * 0.8
    assert max(counts) < 20_000 / SLICES * 1.2
    assert slice_of(feed("https://a.example/one")) == slice_of(feed("http://a.example:8080/two?x"))


def test_the_slice_of_a_feed_is_the_same_on_every_machine_and_in_every_release() -> None:
    """Two programs that deal out differently would still be kept apart by their leases, but split sites."""
    assert [slice_of(feed(f"https://{host}/feed")) for host in ("a.example", "b.example", "")] == [51, 22, 2]


def test_a_round_of_two_collectors_does_what_a_round_of_one_does(site: Site, tmp_path: Path) -> None:
    one = collect_at(settings_for(site, tmp_path / "one"))
    site.asked.clear()
    two = collect_at(settings_for(site, tmp_path / "two", shards=2))
    assert (two.feeds, two.entries, two.stories) == (one.feeds, one.entries, one.stories)
    assert two.balanced
    assert sorted(set(site.paths()) - {"/robots.txt"}) == sorted([*PATHS, *(f"/story/{n}" for n in (1, 2, 3, 4))])
    again = collect_at(settings_for(site, tmp_path / "two", shards=2), hours=1)
    assert again.feeds["not_modified"] == 2


def test_feeds_that_another_collector_holds_are_left_to_it(site: Site, tmp_path: Path) -> None:
    """Two schedulers by mistake: other homes, one ledger, another division of the feeds."""
    with postgres_database() as url:
        settings = settings_for(site, tmp_path, database_url=url)
        with Ledger(url) as ledger, held_part(ledger, Shard(0, 2)):
            run_id = flow.plan(settings, NOON)
            with capture_logs() as told:
                flow.collect(settings, run_id)
        assert asked_feeds(site) == [PATHS[1]]
        assert entry_states(settings) == {"stored": 2}
        assert f"pid {os.getpid()} on" in str(told)
        assert collect_at(settings).feeds["changed"] == 1


def test_a_round_with_nothing_left_to_do_is_refused_and_names_the_holder(site: Site, tmp_path: Path) -> None:
    with postgres_database() as url, Ledger(url) as ledger:
        settings = settings_for(site, tmp_path, database_url=url)
        run_id = flow.plan(settings, NOON)
        with held_part(ledger), pytest.raises(RoundRunning, match=f"pid {os.getpid()} on"):
            flow.collect(settings, run_id)
        assert site.asked == []


def test_a_collector_elsewhere_that_prolongs_its_leases_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shards_module, "LOOK_EVERY", 0.01)
    wanted = [f"slice-{number:02}" for number in range(SLICES)]
    with postgres_database() as url, Ledger(url) as ledger:
        with ledger.brief() as connection:
            leases.take(connection, wanted, "somebody elsewhere", 60, lambda _: False)
        looked = leases.holders

        def looked_and_prolonged(connection: object, names: object) -> dict[str, tuple[str, float]]:
            found = looked(connection, names)  # type: ignore[arg-type]
            return {name: (holder, until + next(ticks)) for name, (holder, until) in found.items()}

        ticks = iter(range(10**6))
        monkeypatch.setattr(leases, "holders", looked_and_prolonged)
        with pytest.raises(RoundRunning, match="a process without a name"), held_part(ledger):
            pass


def test_a_collector_whose_feeds_went_to_another_writes_nothing_more(site: Site, tmp_path: Path) -> None:
    """It was stopped for so long that its leases ran out; when it wakes, its batch must not land beside the other's."""
    site.held = "/feed"
    with postgres_database() as url, Ledger(url) as ledger:
        settings = settings_of(tmp_path, feed_urls(site)[:1], database_url=url)
        run_id = flow.plan(settings, NOON)
        taking = threading.Thread(target=_take_over, args=(site, ledger))
        taking.start()
        with pytest.raises(RoundRunning, match="taken over"):
            flow.collect(settings, run_id)
        taking.join()
        assert entry_states(settings) == {}


def test_a_collector_that_lost_its_feeds_at_the_very_end_keeps_what_it_has_learnt_to_itself(
    site: Site, tmp_path: Path
) -> None:
    site.replies["/robots.txt"] = Reply(b"User-agent: *\nDisallow:\n", content_type="text/plain")
    with postgres_database() as url, Ledger(url) as ledger:
        settings = settings_of(tmp_path, feed_urls(site)[:1], database_url=url)
        run_id = flow.plan(settings, NOON)

        def watch(what: str, done: int, _known: int) -> None:
            if (what, done) == ("entries", 2):  # all is stored
                _take_leases(ledger)

        with pytest.raises(RoundRunning, match="taken over"):
            flow.collect(settings, run_id, watch)
        assert entry_states(settings) == {"stored": 2}
        with ledger.read() as connection:
            assert feeds.robots_file(connection, site.url) is None


def _take_over(site: Site, ledger: Ledger) -> None:
    while "/feed" not in site.paths():
        site.released.wait(0.05)
    _take_leases(ledger)
    site.released.set()


def _take_leases(ledger: Ledger) -> None:
    names = [f"slice-{number:02}" for number in range(SLICES)]
    with ledger.brief() as connection:
        leases.take(connection, names, "another", 60, lambda _: True)


def test_a_killed_collector_loses_nothing_and_the_next_goes_on_at_once(site: Site, tmp_path: Path) -> None:
    """The name in its leases tells that it is gone, so nobody has to wait for them to run out."""
    with postgres_database() as url:
        settings = settings_for(site, tmp_path, database_url=url)
        run_id = flow.plan(settings, NOON)
        collect_killed(settings, run_id, site)
        flow.collect(settings, run_id)
        report = flow.report(settings, run_id)
        assert (report.balanced, report.entries["created"]) == (True, 4)
        assert entry_states(settings) == {"stored": 4}
