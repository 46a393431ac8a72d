"""The CPU work of ``reprocess``, as it runs in a worker process: page from the archive, telling from the page."""

from datetime import datetime

from pipeline.adapters.archive import Archive
from pipeline.adapters.ledger.retelling import Source
from pipeline.errors import CannotRun
from pipeline.flows import textwork
from pipeline.model import FetchFailure
from pipeline.stages.clean import Rules
from pipeline.stages.judge_page import judge_page
from pipeline.stages.revise import Telling
from pipeline.topic import Topic

Reading = tuple[Telling | None, str | None]
"""The telling, and why there is none to be trusted."""

_archives: list[Archive] = []


def equip(rules: Rules, topics: tuple[Topic, ...], archive_url: str) -> None:
    """Give this worker its rules and its archive."""
    textwork.equip(rules, topics)
    _archives[:] = [Archive(archive_url)]


def reread(source: Source, language: str | None, now: datetime) -> Reading:
    """What a story's entry and archived page have to say under today's rules."""
    if source.page is None and source.content_from_page:
        return None, "its page is no longer in the archive"
    try:
        page = judge_page(_archives[0].read(source.page)) if source.page is not None else None
    except CannotRun as error:
        return None, str(error)
    if isinstance(page, FetchFailure):
        return None, f"{source.page} is no page: {page.detail}"
    return textwork.read_entry(source.feed_id, language, source.entry, page, now, source.familiar), None
