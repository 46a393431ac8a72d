"""Documents → bulk requests of bounded size, and each item's answer → Delivery."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pipeline.adapters.search_index.records import Delivery, DeliveryOutcome

MAX_DOCUMENTS = 125
MAX_BYTES = 2_000_000


@dataclass(frozen=True, slots=True)
class Action:
    """One document in its bulk form: two lines of JSON. ``problem`` tells why it cannot be written as JSON."""

    story_id: str
    revision: int
    lines: bytes
    problem: str = ""

    def ends(self, outcome: DeliveryOutcome, detail: str = "") -> Delivery:
        return Delivery(self.story_id, self.revision, outcome, detail)


def action(document: dict[str, Any]) -> Action:
    """``_id`` and ``revision`` become the item's id and external version.

    ``external_gte`` takes an equal revision again, so a replay is harmless, and never an older one.
    """
    story_id, revision = document["_id"], document["revision"]
    head = {"index": {"_id": story_id, "version": revision, "version_type": "external_gte"}}
    body = {name: value for name, value in document.items() if name != "_id"}
    try:
        return Action(story_id, revision, _json(head) + b"\n" + _json(body))
    except ValueError as error:  # a lone surrogate, or a score that is not a number
        return Action(story_id, revision, b"", f"cannot be written as JSON: {error}")


def removal(story_id: str, version: int | None = None) -> bytes:
    """The line that takes a document out: whatever its version, or only if it is not newer than ``version``."""
    bound = {"version": version, "version_type": "external_gte"} if version is not None else {}
    return _json({"delete": {"_id": story_id} | bound}) + b"\n"


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def batches(documents: Iterable[dict[str, Any]]) -> Iterator[list[Action]]:
    """Requests in order, each within both caps; a document larger than the cap travels alone."""
    batch: list[Action] = []
    size = 0
    for item in map(action, documents):
        if batch and (len(batch) >= MAX_DOCUMENTS or size + len(item.lines) > MAX_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += len(item.lines)
    if batch:
        yield batch


def delivery(item: Action, answer: dict[str, Any]) -> Delivery:
    """What the server says of one item.

    Only what the document itself is guilty of rejects it: trouble with the index (missing, closed, read-only because
    the disk is full) passes and must not turn a backlog into dead letters.
    """
    status, error = answer["status"], answer.get("error", {})
    detail = f"{error.get('type')}: {error.get('reason')}" if error else ""
    if status < 300:
        return item.ends("indexed")
    if status == 409:
        return item.ends("superseded")
    if status in (400, 413) and error.get("type") != "index_closed_exception":
        return item.ends("rejected", detail)
    return item.ends("retry", detail)
