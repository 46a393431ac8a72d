"""The times that an HTTP answer states: how long it stays fresh, when to come again, and the server's own clock."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from pipeline.model import Exchange

MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?([0-9]+)", re.IGNORECASE)
LONGEST = 10**9
"""Seconds, some thirty years: more is an absurd or hostile figure, and would overflow a time."""

LONGEST_RETRY_AFTER = timedelta(days=31)


def freshness(answer: Exchange, now: datetime) -> timedelta | None:
    """How long the answer stays fresh (RFC 9111, 4.2.1), ``None`` if unsaid; max-age goes before Expires."""
    directives = ",".join(value for name, value in answer.headers if name.lower() == "cache-control")
    stated = MAX_AGE.search(directives)
    lifetime = whole_seconds(stated[1]) if stated else None
    if lifetime is None and (expires := answer.header("expires")) is not None:
        moment = http_date(expires)  # an Expires that is no date means: already stale
        lifetime = moment - server_time(answer, now) if moment else timedelta(0)
    if lifetime is None:
        return None
    age = whole_seconds(answer.header("age") or "") or timedelta(0)
    return max(lifetime - age, timedelta(0))


def retry_after(answer: Exchange, now: datetime) -> timedelta | None:
    """How long a 429 or 503 asks to wait (RFC 9110, 10.2.3), at most 31 days; ``None`` when it does not say.

    The date form is measured against the server's own clock, since only the difference can be trusted.
    """
    stated = (answer.header("retry-after") or "").strip()
    if answer.status not in (429, 503) or not stated:
        return None
    if (seconds := whole_seconds(stated)) is not None:
        return min(seconds, LONGEST_RETRY_AFTER)
    until = http_date(stated)
    if until is None:
        return None
    return min(max(until - server_time(answer, now), timedelta(0)), LONGEST_RETRY_AFTER)


def whole_seconds(text: str) -> timedelta | None:
    """The delta-seconds of RFC 9110, 10.2.3; ``None`` for anything but digits."""
    digits = text.strip()
    if re.fullmatch(r"[0-9]+", digits) is None:
        return None
    return timedelta(seconds=min(int(digits[:4000]), LONGEST))


def http_date(text: str) -> datetime | None:
    """A date in one of the three forms of RFC 9110, 5.6.7; one without a zone is in UTC."""
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def server_time(answer: Exchange, now: datetime) -> datetime:
    """The clock of the server at its answer, ``now`` if it does not say."""
    return http_date(answer.header("date") or "") or now
