"""The page behind an entry: asked for, judged, and followed where it only leads on to another of its site."""

from pipeline.flows.tools import Tools
from pipeline.model import Exchange, FetchFailure
from pipeline.stages.judge_page import Page, judge_page
from pipeline.stages.onward import onward, tells

MAX_PAGE_BYTES = 15_000_000
MAX_STEPS = 2
"""From page to page, beside HTTP's own redirects."""


async def fetch_page(tools: Tools, url: str) -> tuple[Page | FetchFailure, Exchange | None]:
    """The page, or why there is none; and the answer that says so, if there was one."""
    answer = await _ask(tools, url)
    judged = judge_page(answer)
    for _ in range(MAX_STEPS):
        target = onward(judged) if isinstance(judged, Page) else None
        if not isinstance(judged, Page) or target is None:
            break
        next_answer = await _ask(tools, target)
        next_judged = judge_page(next_answer)
        if isinstance(next_judged, FetchFailure) and tells(judged):
            break  # the page at hand holds a story, too
        answer, judged = next_answer, next_judged
    return judged, answer if isinstance(answer, Exchange) else None


async def _ask(tools: Tools, url: str) -> Exchange | FetchFailure:
    return await tools.client.get(url, max_bytes=MAX_PAGE_BYTES, may_ask=tools.robots.refusal, room=tools.hand.room)
