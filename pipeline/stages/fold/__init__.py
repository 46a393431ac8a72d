"""Copies of one text are one cluster: the first story is its head, each other one names it in ``copy_of``.

``sketch`` makes signatures and alone needs numpy, so it is imported where signatures are made.
"""

from pipeline.stages.fold.cluster import MAX_COMPARED, Peer, alike, arrival, cluster_for, headed_by, likeliest, nearest
from pipeline.stages.fold.likeness import Imprint, Likeness, Relation, compare
from pipeline.stages.fold.signature import UNSIGNED, Signature, bands_of, known_by_digest

__all__ = [
    "MAX_COMPARED",
    "UNSIGNED",
    "Imprint",
    "Likeness",
    "Peer",
    "Relation",
    "Signature",
    "alike",
    "arrival",
    "bands_of",
    "cluster_for",
    "compare",
    "headed_by",
    "known_by_digest",
    "likeliest",
    "nearest",
]
