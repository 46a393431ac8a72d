"""``feeds check``: every feed of the list is asked once, and nothing is written."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.config.feeds import load_feeds
from pipeline.flows.configuration import require_contact
from pipeline.flows.feed_visit import Visitor, visitor
from pipeline.model import Exchange, FeedSource
from pipeline.settings import Settings
from pipeline.stages.feed_verdict import FeedVerdict, feed_verdict

Watch = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class CheckedFeed:
    """A feed and what its address said; ``status`` is that of the last answer, if there was one."""

    feed: FeedSource
    verdict: FeedVerdict
    status: int | None
    milliseconds: int | None

    @property
    def is_fine(self) -> bool:
        return self.verdict.word == "fine"


@dataclass(frozen=True, slots=True)
class FeedCheck:
    """``feeds`` in the order of the list; ``disabled`` ones are not asked."""

    feeds: tuple[CheckedFeed, ...]
    disabled: tuple[str, ...]


def check(settings: Settings, now: datetime, watch: Watch) -> FeedCheck:
    """Try all enabled feeds. Raises ``ConfigError`` for a wrong list or without a contact to give to strangers."""
    listed = load_feeds(settings.feeds)
    enabled = tuple(feed for feed in listed if feed.enabled)
    require_contact(settings, enabled)
    checked = asyncio.run(_check(settings, enabled, now, watch)) if enabled else ()
    return FeedCheck(checked, tuple(feed.id for feed in listed if not feed.enabled))


async def _check(
    settings: Settings, feeds: Sequence[FeedSource], now: datetime, watch: Watch
) -> tuple[CheckedFeed, ...]:
    done = 0

    async def one(visits: Visitor, feed: FeedSource) -> CheckedFeed:
        nonlocal done
        checked = await _one(visits, feed, now)
        done += 1
        watch("feeds", done, len(feeds))
        return checked

    watch("feeds", 0, len(feeds))
    async with visitor(settings) as visits, asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(visits, feed)) for feed in feeds]
    return tuple(task.result() for task in tasks)


async def _one(visits: Visitor, feed: FeedSource, now: datetime) -> CheckedFeed:
    visit = await visits.visit(feed.url)
    answer = visit.answer if isinstance(visit.answer, Exchange) else visit.answer.exchange
    verdict = feed_verdict(visit.answer, visit.parsed, now)
    return CheckedFeed(feed, verdict, answer.status if answer else None, answer.milliseconds if answer else None)
