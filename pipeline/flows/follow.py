"""One entry in a round: get its page, tell its story, settle it in one transaction."""

import asyncio
from datetime import datetime
from functools import partial
from typing import Any

from pipeline.adapters.ledger import stories
from pipeline.adapters.ledger.entries import OpenEntry
from pipeline.adapters.workers import WorkFailed, WorkLost
from pipeline.flows.recorder import Note
from pipeline.flows.settle import Work, join_known, settle
from pipeline.flows.textwork import read_entry
from pipeline.flows.tools import Tools
from pipeline.model import ROUND_OVER, Exchange, FetchFailure
from pipeline.stages.identify import canonical_url, story_id
from pipeline.stages.judge_page import Page, judge_page
from pipeline.stages.revise import Telling
from pipeline.stages.schedule import retry_after

MAX_PAGE_BYTES = 15_000_000


async def follow(tools: Tools, entry: OpenEntry) -> None:
    """Work on one open entry until what became of it is committed."""
    url = canonical_url(entry.entry.url or "")
    if url is None or tools.feeds[entry.feed_id].full_text == "feed":
        await _settle(tools, entry, None, None)
        return
    async with tools.page_locks.setdefault(url, asyncio.Lock()):
        if await _joined(tools, entry, url):
            return
        answer = await tools.client.get(
            entry.entry.url or url, max_bytes=MAX_PAGE_BYTES, may_ask=tools.robots.refusal, room=tools.hand.room
        )
        size = len(answer.raw) + len(answer.body) if isinstance(answer, Exchange) else 0
        tools.hand.take(size)
        try:
            await _settle(tools, entry, judge_page(answer), answer if isinstance(answer, Exchange) else None)
        finally:
            tools.hand.give_back(size)


async def _joined(tools: Tools, entry: OpenEntry, url: str) -> bool:
    """Is the page behind a new entry a story already, so that its feed only becomes one more source?"""
    if entry.story_id is not None:
        return False
    with tools.ledger.read() as connection:
        if stories.behind_url(connection, story_id(url)) is None:
            return False
    now = tools.clock()
    note = Note(None, lambda connection, _: join_known(connection, entry, tools.run.id, now))
    return await tools.recorder.write(note)


async def _settle(tools: Tools, entry: OpenEntry, judged: Page | FetchFailure | None, answer: Exchange | None) -> None:
    page = judged if isinstance(judged, Page) else None
    failure = judged if isinstance(judged, FetchFailure) else None
    now = tools.clock()
    telling, trouble = await _told(tools, entry, page, now)
    failure = failure or trouble
    work = Work(
        entry=entry,
        telling=telling,
        failure=failure,
        fetch=_row(tools, entry, failure, answer, now) if judged is not None else None,
        retry_after=retry_after(answer, now) if answer is not None else None,
    )
    kept = answer if page is not None else None  # refusals and error pages are not worth keeping
    write = partial(_apply, work=work, run_id=tools.run.id, now=now)
    await tools.recorder.write(Note(kept, write))


def _apply(connection: Any, ref: Any, *, work: Work, run_id: str, now: datetime) -> None:
    settle(connection, work, ref, run_id, now)


async def _told(
    tools: Tools, entry: OpenEntry, page: Page | None, now: datetime
) -> tuple[Telling | None, FetchFailure | None]:
    """The telling, from the feed's words alone where the page proves too much for a worker.

    A worker that died may have been killed by somebody else, so its page is tried again; one that hangs hangs again.
    """
    feed = tools.feeds[entry.feed_id]
    try:
        return await tools.work(read_entry, feed.id, feed.language, entry.entry, page, now), None
    except WorkFailed as error:
        url = page.url if page else entry.entry.url or ""
        trouble = FetchFailure(url, "text_work", str(error), temporary=isinstance(error, WorkLost))
        if page is None:
            return None, trouble
    return (await _told(tools, entry, None, now))[0], trouble


def _row(
    tools: Tools, entry: OpenEntry, failure: FetchFailure | None, answer: Exchange | None, now: datetime
) -> dict[str, Any] | None:
    """Columns of the fetch log; none where the round's time was over before the page was asked for."""
    if failure is not None and failure.kind == ROUND_OVER:
        return None
    return {
        "run_id": tools.run.id,
        "kind": "page",
        "feed_id": entry.feed_id,
        "entry_id": entry.id,
        "url": entry.entry.url,
        "at": now,
        "status": answer.status if answer else None,
        "bytes": len(answer.raw) if answer else 0,
        "milliseconds": answer.milliseconds if answer else 0,
        "outcome": failure.kind if failure else "fetched",
        "detail": failure.detail if failure else None,
    }
