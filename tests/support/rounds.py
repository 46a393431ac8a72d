"""Rounds over a test's own site, with settings that leave the machine's alone."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml

from pipeline.flows import round as flow
from pipeline.model import RunReport
from pipeline.settings import Settings

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
