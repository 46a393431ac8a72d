"""One entry in a round: get its page, tell its story, settle it in one transaction."""

import asyncio
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from pipeline.adapters.http.targets import without_credentials
from pipeline.adapters.ledger import rechecks, stories
from pipeline.adapters.ledger.entries import OpenEntry
from pipeline.adapters.workers import WorkFailed, WorkLost
from pipeline.flows.fetch_page import fetch_page
from pipeline.flows.profile import during
from pipeline.flows.recorder import Note
from pipeline.flows.settle import Work, join_known, settle
from pipeline.flows.textwork import read_entry
from pipeline.flows.tools import Tools
from pipeline.model import NOT_ASKED, Exchange, FetchFailure, Outcome
from pipeline.stages.clean import NOTHING_FAMILIAR
from pipeline.stages.http_times import retry_after
from pipeline.stages.identify import canonical_url, story_id
from pipeline.stages.judge_page import Page
from pipeline.stages.revise import Telling


async def follow(tools: Tools, entry: OpenEntry) -> None:
    """Work on one open entry until what became of it is committed."""
    url = canonical_url(entry.entry.url or "")
    if url is None or tools.feeds[entry.feed_id].full_text == "feed":
        await _settle(tools, entry, None)
        return
    async with tools.page_locks.setdefault(url, asyncio.Lock()):
        if not await _joined(tools, entry, url):
            await _settle(tools, entry, entry.entry.url or url)


async def _joined(tools: Tools, entry: OpenEntry, url: str) -> bool:
    """Is the page behind a new entry a story already, so that its feed only becomes one more source?"""
    if entry.story_id is not None:
        return False
    with during("ledger"), tools.ledger.read() as connection:
        if stories.behind_url(connection, story_id(url)) is None:
            return False
    now = tools.clock()
    note = Note(None, lambda connection, _: join_known(connection, entry, tools.run.id, now))
    return await tools.recorder.write(note)


async def _settle(tools: Tools, entry: OpenEntry, address: str | None) -> None:
    """Tell the entry by the page at ``address``, if that is one, and write what became of it."""
    judged, answer = await fetch_page(tools, address) if address else (None, None)
    page = judged if isinstance(judged, Page) else None
    failure = judged if isinstance(judged, FetchFailure) else None
    held = len(answer.raw) + len(answer.body) if answer is not None else 0
    tools.hand.take(held)
    try:
        now = tools.clock()
        telling, trouble = await told(tools, entry, page, now)
        failure = failure or trouble
        work = Work(
            entry=entry,
            telling=telling,
            failure=failure,
            fetch=fetch_row(tools, entry, failure, answer, now) if judged is not None else None,
            retry_after=retry_after(answer, now) if answer is not None else None,
            copy_window=tools.copy_window,
        )
        read_at = page.url if page is not None else None
        kept = None  # refusals and error pages are not worth keeping
        if page is not None and answer is not None:
            # It waits for others to be written with, and only its raw bytes are: what was read need not wait, too.
            kept = replace(answer, body=b"")
            tools.hand.give_back(len(answer.body))
            held -= len(answer.body)
            judged = page = answer = None
        write = partial(_apply, work=work, run_id=tools.run.id, now=now)
        outcome = await tools.recorder.write(Note(kept, write))
    finally:
        tools.hand.give_back(held)
    if read_at is not None and telling is not None and outcome == "created":
        await tools.sites.learn(read_at, telling.traits, tools.recorder, tools.clock)


def _apply(connection: Any, ref: Any, *, work: Work, run_id: str, now: datetime) -> Outcome:
    before = stories.load(connection, work.entry.story_id) if work.entry.story_id else None
    outcome = settle(connection, work, ref, run_id, now)
    if work.telling is not None and work.telling.content_source == "page" and work.failure is None:
        rechecks.after_page(connection, work.entry, before, now)
    return outcome


async def told(
    tools: Tools, entry: OpenEntry, page: Page | None, now: datetime
) -> tuple[Telling | None, FetchFailure | None]:
    """The telling, from the feed's words alone where the page proves too much for a worker.

    A worker that died may have been killed by somebody else, so its page is tried again; one that hangs hangs again.
    """
    feed = tools.feeds[entry.feed_id]
    familiar = (
        await tools.sites.familiar(page.url, tools.ledger, tools.recorder, tools.clock) if page else NOTHING_FAMILIAR
    )
    try:
        async with tools.hand.turn_of(len(page.html) if page else 0):
            return await tools.work(read_entry, feed.id, feed.language, entry.entry, page, now, familiar), None
    except WorkFailed as error:
        url = page.url if page else entry.entry.url or ""
        trouble = FetchFailure(url, "text_work", str(error), temporary=isinstance(error, WorkLost))
        if page is None:
            return None, trouble
    return (await told(tools, entry, None, now))[0], trouble


def fetch_row(
    tools: Tools, entry: OpenEntry, failure: FetchFailure | None, answer: Exchange | None, now: datetime
) -> dict[str, Any] | None:
    """Columns of the fetch log; none where the round's time was over before the page was asked for."""
    if failure is not None and failure.kind in NOT_ASKED:
        return None
    return {
        "run_id": tools.run.id,
        "kind": "page",
        "feed_id": entry.feed_id,
        "entry_id": entry.id,
        "url": without_credentials(entry.entry.url or "") or None,
        "at": now,
        "status": answer.status if answer else None,
        "bytes": len(answer.raw) if answer else 0,
        "milliseconds": answer.milliseconds if answer else 0,
        "outcome": failure.kind if failure else "fetched",
        "detail": failure.detail if failure else None,
    }
