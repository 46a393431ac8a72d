"""The CPU work of a round, as it runs in a worker process: the rules are handed over once, when the worker starts.

The process that hands out the work imports this too, and only to name it: so the stages that do it, and numpy with
them, are imported where they are called.
"""

from datetime import datetime

from pipeline.flows.profile import during
from pipeline.model import Entry, ParsedFeed
from pipeline.stages.clean import NO_RULES, NOTHING_FAMILIAR, Familiar, Rules
from pipeline.stages.judge_page import Page
from pipeline.stages.revise import Telling
from pipeline.topic import Topic

PRELOAD = (
    "pipeline.flows.textwork",
    "pipeline.stages.parse_feed",
    "pipeline.stages.tell",
    "pipeline.stages.fold.sketch",
    "trafilatura",
    "htmldate",
    "feedparser",
    "bs4",
    "pipeline.flows.shared_topics",
    "pipeline.flows.shared_by_workers",
)
"""Imported once by the process that all workers are forked from."""

_rules: Rules = NO_RULES
_topics: tuple[Topic, ...] = ()


def equip(rules: Rules, topics: tuple[Topic, ...]) -> None:
    """Give this worker its rules.

    What all workers share it has already, unless it was forked from another program's process: then it loads it now,
    before its memory is counted.
    """
    global _rules, _topics
    import pipeline.flows.shared_by_workers  # noqa: F401 (loads when imported)

    _rules, _topics = rules, topics


def read_feed(body: bytes, url: str, headers: dict[str, str]) -> ParsedFeed:
    """Parse a feed document."""
    from pipeline.stages.parse_feed import parse_feed

    with during("parse"):
        return parse_feed(body, url, headers)


def read_entry(
    feed_id: str,
    language: str | None,
    entry: Entry,
    page: Page | None,
    now: datetime,
    familiar: Familiar = NOTHING_FAMILIAR,
) -> Telling | None:
    """What one entry and its page have to say; ``familiar``: the lines that the page's site is known for."""
    from pipeline.stages.tell import tell

    return tell(feed_id, language, entry, page, now, _rules, _topics, familiar, during)
