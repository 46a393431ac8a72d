"""What one sighting of an entry means, given what is remembered of it."""

from dataclasses import dataclass
from datetime import datetime

from pipeline.model import EntryState, Outcome


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the ledger holds of an entry at the moment it is seen again."""

    id: int
    state: EntryState
    digest: str
    retry_at: datetime | None


@dataclass(frozen=True, slots=True)
class Sighting:
    """The decision: a ``settled`` sighting has its outcome at once, an open one (None) gets it from this round's work.

    ``state`` is the entry's state from now on, ``renewed`` tells that the feed's statement replaces the remembered one.
    """

    settled: Outcome | None
    state: EntryState
    renewed: bool


def sight(known: Remembered | None, digest: str, rejection: str | None, now: datetime) -> Sighting:
    """Decide about an entry with the feed's statement ``digest``; ``rejection`` says why it can never be a story."""
    if rejection is not None and (known is None or known.state != "stored"):
        is_news = known is None or known.state != "rejected" or known.digest != digest
        return Sighting("rejected", "rejected", renewed=is_news)
    if known is None:
        return Sighting(None, "pending", renewed=True)
    changed = known.digest != digest
    match known.state:
        case "pending":
            due = known.retry_at is None or known.retry_at <= now
            return Sighting(None if due else "pending", "pending", renewed=changed)
        case "stored" if changed and rejection is None:
            return Sighting(None, "pending", renewed=True)
        case "stored":
            return Sighting("unchanged", "stored", renewed=False)
        case "rejected":
            return Sighting(None, "pending", renewed=True)
        case "failed" if changed:
            return Sighting(None, "pending", renewed=True)
    return Sighting("failed", "failed", renewed=False)
