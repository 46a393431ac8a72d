"""A round's polls, each at its moment."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from pipeline.model import FeedSource
from pipeline.stages.pace import TimedPoll


async def in_time(polls: Sequence[TimedPoll]) -> AsyncIterator[FeedSource]:
    """The feeds of ``polls``, each when its wait is over, by the loop's clock and counted from the first look.

    One that waits is a number in ``polls``: it holds no task, no turn and no connection. One that waits for nothing
    comes without a pause.
    """
    loop = asyncio.get_running_loop()
    begun = loop.time()
    for poll in polls:
        if (left := begun + poll.wait - loop.time()) > 0:
            await asyncio.sleep(left)
        yield poll.feed
