"""Notes for boards → bulk requests, and what of them was refused."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from pipeline.adapters.search_index.layout import Names
from pipeline.adapters.search_index.records import Note

BATCH = 500


def note_batches(names: Names, notes: Iterable[Note]) -> Iterator[bytes]:
    """Bodies of bulk requests, each for up to ``BATCH`` notes."""
    waiting = iter(notes)
    while batch := list(islice(waiting, BATCH)):
        yield b"".join(line + b"\n" for note in batch for line in _lines(names, note))


def refusals(answer: Any) -> list[str]:
    """Why items were not taken. What was to be taken out and is not there is no trouble."""
    rows = [next(iter(item.items())) for item in answer["items"]]
    errors = [(row["_id"], row.get("error", {})) for kind, row in rows if row["status"] >= 300 and kind != "delete"]
    return [f"{note}: {error.get('type')}: {error.get('reason')}" for note, error in errors]


def removals(hits: Iterable[Any]) -> bytes:
    """The body of a bulk request that takes out what a search has found."""
    return b"".join(_json({"delete": {"_index": hit["_index"], "_id": hit["_id"]}}) + b"\n" for hit in hits)


def _lines(names: Names, note: Note) -> Iterator[bytes]:
    place = {"_index": names.board(note.board), "_id": note.id}
    if note.fields is None:
        yield _json({"delete": place})
    elif note.merge:
        yield _json({"update": place | {"retry_on_conflict": 3}})
        yield _json({"doc": dict(note.fields), "upsert": {**note.fields, **note.once}})
    else:
        yield _json({"index": place})
        yield _json(dict(note.fields))


def _json(value: Any) -> bytes:
    # A lone surrogate in a message from outside cannot travel as UTF-8; nobody misses it on a board.
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
