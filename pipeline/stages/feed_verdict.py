"""What a look at a feed's address says of it: one word, a reason, and where it has moved to."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pipeline.model import Exchange, FetchFailure, ParsedFeed
from pipeline.stages.feed_state import SILENT_AFTER, USUAL_GAP
from pipeline.stages.moves import lasting_address

Word = Literal["fine", "moved", "silent", "not_a_feed", "blocked", "failing", "dead"]

SILENT = SILENT_AFTER * USUAL_GAP
REFUSALS = {401, 402, 403, 405, 406, 429, 451}
NOTHING_THERE = {404, 410}
NOWHERE = ("dns", "connect", "bad_url", "bad_redirect", "redirect_loop")
AHEAD = timedelta(days=1)
"""A date further ahead is a mistake of the feed."""


@dataclass(frozen=True, slots=True)
class FeedVerdict:
    """``detail`` is for people. ``moved_to``: where permanent redirects (RFC 9110, 15.4) lead, whatever the word is."""

    word: Word
    detail: str = ""
    moved_to: str | None = None
    entries: int = 0
    newest_at: datetime | None = None


def feed_verdict(answer: Exchange | FetchFailure, parsed: ParsedFeed | None, now: datetime) -> FeedVerdict:
    """``answer`` as ``judge_feed`` leaves it; ``parsed`` is its document where it could be parsed at all."""
    if isinstance(answer, FetchFailure):
        return FeedVerdict(_why(answer), f"{answer.kind}: {answer.detail}")
    moved_to = lasting_address(answer)
    if parsed is None or parsed.error is not None:
        return FeedVerdict("not_a_feed", parsed.error or "" if parsed else "it cannot be parsed in time", moved_to)
    newest = newest_at(parsed, now)
    count = len(parsed.entries)
    if not count:
        return FeedVerdict("silent", "it has no entries", moved_to)
    if newest is not None and now - newest > SILENT:
        return FeedVerdict("silent", f"its newest entry is {(now - newest).days} days old", moved_to, count, newest)
    return FeedVerdict("moved" if moved_to else "fine", "", moved_to, count, newest)


def newest_at(parsed: ParsedFeed, now: datetime) -> datetime | None:
    """The time of the newest dated entry."""
    times = [moment for entry in parsed.entries for moment in (entry.published_at, entry.updated_at) if moment]
    return max((moment for moment in times if moment <= now + AHEAD), default=None)


def _why(failure: FetchFailure) -> Word:
    status = failure.status
    if status in NOTHING_THERE or failure.kind in NOWHERE:
        return "dead"
    # 202 and its kin are what walls against robots answer; 5xx with this header, too.
    challenged = failure.exchange is not None and failure.exchange.header("cf-mitigated") is not None
    if failure.kind == "address_refused" or status in REFUSALS or challenged or (status and 200 < status < 300):
        return "blocked"
    return "failing"
