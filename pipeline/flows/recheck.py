"""Another look at the page of a story that its feed says nothing new of. The entry's own state stays as it is."""

from datetime import datetime
from functools import partial
from typing import Any

from pipeline.adapters.ledger import rechecks, runs, stories
from pipeline.adapters.ledger.database import Connection
from pipeline.adapters.ledger.entries import OpenEntry
from pipeline.adapters.ledger.rechecks import Recheck
from pipeline.flows.fetch_page import fetch_page
from pipeline.flows.follow import fetch_row, told
from pipeline.flows.recorder import Note
from pipeline.flows.settle import retell_page
from pipeline.flows.tools import Tools
from pipeline.model import FetchFailure, RecordRef
from pipeline.stages.revise import Telling


async def recheck(tools: Tools, look: Recheck) -> None:
    """Fetch the page again; a text that differs is a new version of the story. Trouble changes nothing."""
    entry, now = look.entry, tools.clock()
    judged, answer = await fetch_page(tools, entry.entry.url or "")
    row = fetch_row(tools, entry, judged if isinstance(judged, FetchFailure) else None, answer, now)
    if row is None:
        return  # it was not asked: next time
    if isinstance(judged, FetchFailure):
        await tools.recorder.write(Note(None, partial(_in_vain, entry, row, now)))
        return
    telling, _ = await told(tools, entry, judged, now)
    await tools.recorder.write(Note(answer, partial(_compare, entry, telling, row, tools.run.id, now)))


def _in_vain(entry: OpenEntry, row: dict[str, Any], now: datetime, connection: Connection, _: RecordRef | None) -> None:
    runs.record_fetch(connection, row)
    rechecks.taken(connection, [entry.id], now)


def _compare(
    entry: OpenEntry,
    telling: Telling | None,
    row: dict[str, Any],
    run_id: str,
    now: datetime,
    connection: Connection,
    ref: RecordRef | None,
) -> None:
    place = {"file": ref.file, "offset": ref.offset} if ref else {}
    fetch_id = runs.record_fetch(connection, row | place)
    rechecks.taken(connection, [entry.id], now)
    story = stories.load(connection, entry.story_id) if entry.story_id else None
    if story is None or telling is None or telling.content_source != "page":
        return
    if retell_page(connection, story, telling, run_id, now, fetch_id)[0].new_version:
        rechecks.note_correction(connection, entry.feed_id, now)
