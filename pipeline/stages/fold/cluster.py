"""Copies of one text are one cluster, named after its head: the first of them to arrive. The others name it too."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from pipeline.model import Story
from pipeline.stages.fold.likeness import UNLIKE, WINDOW, Imprint, Likeness, compare
from pipeline.stages.fold.signature import Signature

MAX_COMPARED = 16
"""Texts with which one is compared: those that share most bands with it."""
_LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Peer:
    """Another story: its place among the clusters, and its imprint."""

    story_id: str
    cluster_id: str
    imprint: Imprint


def likeliest(shared_bands: Iterable[int]) -> list[int]:
    """Which texts to compare, given the number of one for each band it shares; a lower number arrived earlier."""
    counts = Counter(shared_bands)
    return sorted(counts, key=lambda text: (-counts[text], text))[:MAX_COMPARED]


def nearest(imprint: Imprint, earlier: Sequence[Imprint], window: timedelta = WINDOW) -> tuple[int | None, Likeness]:
    """The place of the earlier text of which this one is a copy or update, and what it is; of several, the most alike.

    Where there is none: ``None``, and how much it is like the most similar one.
    """
    found = [compare(imprint, other, window) for other in earlier]
    folded = [(-likeness.similarity, place) for place, likeness in enumerate(found) if likeness.relation != "new"]
    if not folded:
        return None, max(found, key=lambda likeness: likeness.similarity, default=UNLIKE)
    place = min(folded)[1]
    return place, found[place]


def cluster_for(
    story: Story,
    imprint: Imprint,
    mates: Sequence[Peer],
    candidates: Sequence[Peer],
    window: timedelta = WINDOW,
) -> str | None:
    """The id of the cluster that a story with this text has to join; ``None``: it stays with its mates.

    ``mates`` share its cluster so far: it stays as long as it is like one of them, or nothing is known of their texts.
    Else it goes to its most similar candidate; without one it is a cluster of its own, named after itself.
    """
    known = [mate.imprint for mate in mates if _is_comparable(imprint.signature, mate.imprint.signature)]
    if mates and (not known or nearest(imprint, known, window)[0] is not None):
        return None
    place, _ = nearest(imprint, [peer.imprint for peer in candidates], window)
    if place is None:
        return story.id
    cluster_id = candidates[place].cluster_id
    return None if mates and cluster_id == story.cluster_id else cluster_id


def alike(imprint: Imprint, others: Sequence[Imprint], window: timedelta = WINDOW) -> list[int]:
    """The places of all texts of which this one is a copy or update: the clusters of these are one."""
    return [place for place, other in enumerate(others) if compare(imprint, other, window).relation != "new"]


def arrival(story: Story) -> tuple[datetime, datetime, str]:
    """Sorts stories as they arrived: those of one round by publication, unknown ones last."""
    return story.first_seen_at, story.published_at or _LATEST, story.id


def headed_by(story: Story, head_id: str) -> Story:
    """The story with its place in the cluster of this head."""
    return replace(story, cluster_id=head_id, copy_of=None if story.id == head_id else head_id)


def _is_comparable(one: Signature, other: Signature) -> bool:
    return other.words > 0 or (other.digest is not None and other.digest == one.digest)
