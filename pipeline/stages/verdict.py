"""The state of an entry after a try: stored, again later, or given up, and why."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.model import HOST_RESTS, ROUND_OVER, EntryState, FetchFailure

PAGE_GAPS = tuple(timedelta(minutes=minutes) for minutes in (15, 60, 240, 720, 1800))
NO_TEXT = "neither the page nor the feed has a text"


@dataclass(frozen=True, slots=True)
class Verdict:
    """``reason`` also tells why a stored story has only the feed's words; ``retry_at`` is set while pending."""

    state: EntryState
    reason: str | None
    retry_at: datetime | None
    attempts: int


def verdict(
    failure: FetchFailure | None, *, has_text: bool, attempts: int, now: datetime, retry_after: timedelta | None
) -> Verdict:
    """Decide after a try that ended in ``failure`` or in a page; ``has_text`` counts page and feed together."""
    if failure is None:
        return Verdict("stored", None, None, 0) if has_text else Verdict("failed", NO_TEXT, None, attempts)
    if failure.kind == ROUND_OVER:
        return Verdict("pending", failure.detail, now, attempts)
    if failure.kind == HOST_RESTS:
        return Verdict("pending", failure.detail, failure.retry_at or now, attempts)
    reason = f"{failure.kind}: {failure.detail}"
    if failure.temporary:
        retry_at = page_retry_at(attempts + 1, now, retry_after)
        if retry_at is not None:
            return Verdict("pending", reason, retry_at, attempts + 1)
        reason = f"given up after {attempts + 1} tries, last {reason}"
    if has_text:
        return Verdict("stored", f"the feed's own text, since {reason}", None, 0)
    return Verdict("failed", f"{NO_TEXT} ({reason})", None, attempts + 1)


def page_retry_at(attempts: int, now: datetime, retry_after: timedelta | None) -> datetime | None:
    """When a page is tried again after ``attempts`` tries in vain: six tries over two days, then ``None``."""
    if attempts > len(PAGE_GAPS):
        return None
    return now + max(PAGE_GAPS[max(attempts, 1) - 1], retry_after or timedelta(0))
