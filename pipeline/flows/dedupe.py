"""``sitrep dedupe``: texts in the order of their arrival in, the cluster of each out.

Workers make the signatures, decisions are made here, in order. What is kept of a text is its signature and the bands
that lead to it, some five kilobytes, whatever its length.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Generator, Mapping
from datetime import UTC, datetime
from typing import Any

from pipeline.flows.filters import Filter, run_filter
from pipeline.flows.item import BadLine
from pipeline.flows.line_stream import Answers
from pipeline.stages.fold import UNSIGNED, Imprint, Signature, alike, bands_of, likeliest, nearest

NEWEST = 64
"""Texts of one band that are looked at: a phrase that stands in every text must not cost more with every text."""
Identity = str | int | float


def dedupe(read: Callable[[int], bytes], jobs: int) -> Generator[Answers]:
    """The answers to the lines that ``read`` gives (as ``os.read`` would), in their order, as soon as they are made."""
    clusters = Clusters()
    for lines in run_filter(SIGN, read, jobs):
        yield tuple(_decided(line, clusters) for line in lines)


class Clusters:
    """All texts so far, by what is kept of them. A text's number is its place in the stream."""

    def __init__(self) -> None:
        self._imprints: list[Imprint] = []
        self._identities: list[Identity] = []
        self._heads: list[int] = []
        """Of each text an earlier one of its cluster, or itself."""
        self._bands: dict[int, tuple[int, ...]] = {}

    def add(self, identity: Identity, imprint: Imprint) -> dict[str, Any]:
        """Cluster, relation and similarity of the next text, as they are answered."""
        bands = bands_of(imprint.signature)
        numbers = likeliest(number for band in bands for number in self._bands.get(band, ()))
        earlier = [self._imprints[number] for number in numbers]
        _, likeness = nearest(imprint, earlier)
        firsts = {self._first(numbers[place]) for place in alike(imprint, earlier)}
        self._keep(identity, imprint, bands, firsts)
        return {
            "cluster": self._identities[self._first(len(self._imprints) - 1)],
            "relation": likeness.relation,
            "similarity": round(likeness.similarity, 4),
        }

    def _keep(self, identity: Identity, imprint: Imprint, bands: tuple[int, ...], firsts: set[int]) -> None:
        """Clusters that this text joins are one from now on; their later texts bear the id of the earliest."""
        number = len(self._imprints)
        for band in bands:
            self._bands[band] = (*self._bands.get(band, ())[1 - NEWEST :], number)
        self._imprints.append(imprint)
        self._identities.append(identity)
        first = min(firsts, default=number)
        self._heads.append(first)
        for other in firsts:
            self._heads[other] = first

    def _first(self, number: int) -> int:
        """The first text of this one's cluster; the way there is shortened for the next look."""
        while self._heads[number] != number:
            self._heads[number] = self._heads[self._heads[number]]
            number = self._heads[number]
        return number


def _decided(line: bytes, clusters: Clusters) -> bytes:
    item = json.loads(line)
    if "error" in item:
        return line
    at = datetime.fromisoformat(item["at"]) if item["at"] else None
    signature = Signature.unpack(b64decode(item["signature"])) or UNSIGNED
    answer = {"id": item["id"]} | clusters.add(item["id"], Imprint(item["source"], at, signature))
    return json.dumps(answer).encode() + b"\n"


# In the workers


def _sign(item: Mapping[str, Any], _: Any) -> dict[str, Any]:
    from pipeline.stages.fold.sketch import sign

    if "text" not in item:
        raise BadLine("text is missing")
    title, text, source = (_string(item, key) for key in ("title", "text", "source"))
    return {
        "source": source or None,
        "at": _moment(_string(item, "published_at")),
        "signature": b64encode(sign(title, text).pack()).decode(),
    }


def _string(item: Mapping[str, Any], key: str) -> str:
    value = item.get(key)
    if value is not None and not isinstance(value, str):
        raise BadLine(f"{key} must be a string")
    return value or ""


def _moment(written: str) -> str | None:
    """Checked and in UTC, which is taken for granted where no zone is given; nothing written is an unknown time."""
    if not written:
        return None
    try:
        moment = datetime.fromisoformat(written)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        raise BadLine("published_at is no ISO 8601 time") from None


SIGN = Filter(_sign, batch=16, preload=("pipeline.flows.dedupe", "pipeline.stages.fold.sketch"))
