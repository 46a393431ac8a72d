"""Rounds over a test's own site, with settings that leave the machine's alone."""

import multiprocessing
import os
import signal
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml

from pipeline.adapters.ledger import entries, stories
from pipeline.adapters.ledger.database import Ledger
from pipeline.flows import round as flow
from pipeline.model import RunReport, Story
from pipeline.settings import Settings
from tests.support.site import Site, item, page, rss, words

NOON = datetime(2024, 10, 21, 12, tzinfo=UTC)


def settings_of(home: Path, feed_urls: Sequence[str], **changes: object) -> Settings:
    """Settings for a state folder of its own and these feeds, named ``feed-1`` and so on."""
    home.mkdir(parents=True, exist_ok=True)
    full_text = changes.pop("full_text", "page")
    rows = [
        {"id": f"feed-{number}", "name": f"Feed {number}", "url": url, "full_text": full_text}
        for number, url in enumerate(feed_urls, start=1)
    ]
    (home / "feeds.yaml").write_text(yaml.safe_dump({"feeds": rows}), encoding="utf-8")
    base = {"home": home, "feeds": home / "feeds.yaml", "allow_hosts": "127.0.0.1", "host_delay": 0}
    return Settings(**{**base, **changes})


def collect_at(settings: Settings, hours: float = 0) -> RunReport:
    """One round without delivery, so many hours after noon."""
    run_id = flow.plan(settings, NOON + timedelta(hours=hours))
    flow.collect(settings, run_id)
    return flow.report(settings, run_id)


def publish(site: Site, count: int = 3) -> None:
    """A feed of so many articles with their pages."""
    for number in range(1, count + 1):
        site.replies[f"/story/{number}"] = page(f"Story {number}", words(number), words(number + 100))
    links = [item(f"{site.url}/story/{n}", f"Story {n}", summary=f"Summary {n}.") for n in range(1, count + 1)]
    site.replies["/feed"] = rss(site, *links)


def collect_killed(settings: Settings, run_id: str, site: Site) -> None:
    """A collector that is killed while pages are on their way to it; the site answers again afterwards."""
    site.held = "/story/"
    child = multiprocessing.get_context("spawn").Process(target=flow.collect, args=(settings, run_id))
    child.start()
    while not any(path.startswith("/story/") for path in site.paths()):
        assert child.is_alive()
        child.join(0.05)
    os.kill(child.pid or 0, signal.SIGKILL)
    child.join()
    site.released.set()


def outcomes(report: RunReport) -> dict[str, int]:
    """The counts of entries that are not zero."""
    assert report.balanced
    return {name: count for name, count in report.entries.items() if count}


def all_stories(settings: Settings) -> list[Story]:
    """Every story of the ledger, by address."""
    with Ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        ids = [row[0] for row in stories.all_revisions(connection)]
        return sorted(stories.load_many(connection, ids).values(), key=lambda story: story.url)


def entry_states(settings: Settings) -> dict[str, int]:
    """How many entries are in which state."""
    with Ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        assert entries.broken_rows(connection) == []
        return entries.states(connection)
