"""Polls spread over a round: what the real collector asks, and when."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bench.scale.virtual_time import VirtualTime
from pipeline.adapters.ledger import feeds
from pipeline.adapters.ledger.database import Ledger
from pipeline.flows import round as flow
from pipeline.flows.in_time import in_time
from pipeline.model import FeedSource, RunReport
from pipeline.settings import Settings
from pipeline.stages.feed_state import FeedState
from pipeline.stages.pace import TimedPoll
from tests.support.rounds import NOON, outcomes, settings_of
from tests.support.site import Site, item, open_site, page, rss, words

COUNT = 12


def feed_site(site: Site, folder: Path, **more: object) -> Settings:
    """Many feeds of one story each."""
    for number in range(COUNT):
        site.replies[f"/story/{number}"] = page(f"Story {number}", words(number), words(number + 100))
        site.replies[f"/feed/{number}"] = rss(site, item(f"{site.url}/story/{number}", f"Story {number}"))
    return settings_of(folder, [f"{site.url}/feed/{number}" for number in range(COUNT)], **more)


def fall_due(settings: Settings, moments: dict[int, datetime]) -> None:
    listed = {number: f"/feed/{number}" for number in moments}
    with Ledger(settings.ledger_url) as ledger, ledger.write() as connection:
        for number, moment in moments.items():
            url = next(url for url in _urls(settings) if url.endswith(listed[number]))
            feeds.save_state(connection, FeedState(f"feed-{number + 1}", url, next_due_at=moment))


def _urls(settings: Settings) -> list[str]:
    lines = settings.feeds.read_text(encoding="utf-8").splitlines()
    return [line.partition("url: ")[2] for line in lines if "url: " in line]


def collected(settings: Settings, now: datetime | None = None) -> RunReport:
    run_id = flow.plan(settings, now)
    flow.collect(settings, run_id)
    return flow.report(settings, run_id)


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> list[TimedPoll]:
    """The polls of the next rounds. Their time leaps."""
    noted: list[TimedPoll] = []

    async def leaping(polls: Sequence[TimedPoll]) -> AsyncIterator[FeedSource]:
        noted.extend(polls)
        async for feed in in_time([TimedPoll(poll.feed, 0.0) for poll in polls]):
            yield feed

    monkeypatch.setattr("pipeline.flows.work_round.in_time", leaping)
    return noted


def test_a_round_spreads_its_polls_and_the_pages_follow_their_feeds(tmp_path: Path, planned: list[TimedPoll]) -> None:
    with open_site() as site:
        settings = feed_site(site, tmp_path, poll_spread=6)
        report = collected(settings)
    assert [poll.wait for poll in planned] == pytest.approx([number / 2 for number in range(COUNT)])
    assert outcomes(report) == {"seen": COUNT, "created": COUNT}
    assert report.feeds["due"] == COUNT


def test_without_a_spread_a_round_asks_all_that_is_due_at_once(tmp_path: Path, planned: list[TimedPoll]) -> None:
    with open_site() as site:
        settings = feed_site(site, tmp_path)
        fall_due(settings, {3: datetime.now(UTC) + timedelta(minutes=2)})
        collected(settings)
    assert len(planned) == COUNT - 1
    assert {poll.wait for poll in planned} == {0}


def test_a_round_whose_clock_stands_still_asks_all_at_once(tmp_path: Path, planned: list[TimedPoll]) -> None:
    with open_site() as site:
        settings = feed_site(site, tmp_path, poll_spread=450)
        fall_due(settings, {3: NOON + timedelta(minutes=2)})
        report = collected(settings, NOON)
    assert len(planned) == report.feeds["due"] == COUNT - 1
    assert {poll.wait for poll in planned} == {0}


def test_a_feed_that_falls_due_in_the_round_is_asked_in_it_and_not_before(tmp_path: Path) -> None:
    """The real collector and the real clock: a machine that is busy makes the poll later, never sooner."""
    asked: dict[str, float] = {}
    with open_site() as site:
        settings = feed_site(site, tmp_path, poll_spread=60, host_delay=0)
        site.noticed = lambda path: asked.setdefault(path, time.time()) and None
        begun = datetime.now(UTC)
        moments = {number: begun + timedelta(hours=1) for number in range(COUNT)}
        moments |= {2: begun + timedelta(seconds=4), 5: begun - timedelta(hours=1)}
        fall_due(settings, moments)
        report = collected(settings)
    assert {path for path in asked if path.startswith("/feed")} == {"/feed/2", "/feed/5"}
    assert asked["/feed/2"] >= moments[2].timestamp() - 1  # the round's clock knows whole seconds
    assert next(iter(asked)) == "/feed/5"
    assert outcomes(report) == {"seen": 2, "created": 2}


def test_each_poll_comes_when_its_wait_is_over() -> None:
    feed = FeedSource("a", "A", "https://a.example/feed")
    loop, moments = VirtualTime(), []

    async def note() -> None:
        await asyncio.sleep(100)
        async for _ in in_time([TimedPoll(feed, wait) for wait in (0, 0, 7.5, 420)]):
            moments.append(loop.time() - 100)

    loop.run_until_complete(note())
    loop.close()
    assert moments == pytest.approx([0, 0, 7.5, 420])
