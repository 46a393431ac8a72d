"""Where a feed has moved to: permanent redirects (RFC 9110, 15.4), believed once they have lasted."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pipeline.model import Exchange

PERMANENT = (301, 308)
LASTING = timedelta(days=3)
"""A redirect seen for shorter may be a mistake, a parked domain or a hotel's network."""


@dataclass(frozen=True, slots=True)
class Moves:
    """``address`` is asked in place of the listed one; ``target`` is where it leads since ``since``."""

    address: str | None = None
    target: str | None = None
    since: datetime | None = None


def moved(known: Moves, listed: str, answer: Exchange, now: datetime) -> Moves:
    """After an answer whose document can be read. ``listed`` is the address in the feed list.

    A target counts from its first sighting on and only while each answer leads there; anything else begins anew.
    """
    target = lasting_address(answer)
    if target is None:
        return replace(known, target=None, since=None)
    if target != known.target or known.since is None:
        return Moves(known.address, target, now)
    if now - known.since < LASTING:
        return known
    return Moves(target if target != listed else None)


def lasting_address(answer: Exchange) -> str | None:
    """Where the permanent redirects at the beginning of the way lead; ``None`` if there are none."""
    address = None
    for status, url in answer.redirects:
        if status not in PERMANENT:
            break
        address = url
    return address
