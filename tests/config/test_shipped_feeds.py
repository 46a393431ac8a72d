"""The feed list that Sitrep ships: sound, without doublets, and with the place where each address was found."""

import itertools
import re
from typing import Any

import yaml

from pipeline.config.feed_record import same_address
from pipeline.config.feeds import load_feeds
from pipeline.settings import CHECKOUT

PATH = CHECKOUT / "config" / "feeds.yaml"
FEEDS = load_feeds(PATH)
ROWS: list[dict[str, Any]] = yaml.safe_load(PATH.read_text(encoding="utf-8"))["feeds"]
GROUPS = {"defence-press", "ministries", "international-organisations", "analysis", "middle-east-press"}


def test_every_address_names_the_public_source_and_the_day_it_was_read() -> None:
    for row in ROWS:
        assert re.fullmatch(
            r"GitHub, [\w.-]+/[\w.-]+, \S+ at [0-9a-f]{7}( \(.+\))?; read \d{4}-\d\d-\d\d", row["seen_in"]
        ), row


def test_no_feed_stands_there_twice() -> None:
    twice = [pair for pair in itertools.combinations(FEEDS, 2) if same_address(pair[0].url, pair[1].url)]
    assert twice == []
    assert len({feed.name for feed in FEEDS}) == len(FEEDS)


def test_every_feed_is_encrypted_grouped_and_never_asked_too_often() -> None:
    for feed in FEEDS:
        assert feed.url.startswith("https://")
        assert feed.group in GROUPS
        assert feed.interval is not None
        assert feed.interval.total_seconds() >= 15 * 60


def test_every_group_has_some_and_all_of_them_thirty() -> None:
    assert {feed.group for feed in FEEDS} == GROUPS
    assert len(FEEDS) >= 30
