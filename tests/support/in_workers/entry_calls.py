"""Text work that comes to grief, for rounds to survive."""

import os
import signal
from typing import Any


def dies_on_a_page(feed_id: str, language: str | None, entry: Any, page: Any, now: Any, familiar: Any) -> Any:
    """As a worker that somebody kills while it works on a page; the feed's words alone do no harm."""
    if page is not None:
        os.kill(os.getpid(), signal.SIGKILL)
    from pipeline.flows.textwork import read_entry

    return read_entry(feed_id, language, entry, None, now)


def raises_on_a_page(feed_id: str, language: str | None, entry: Any, page: Any, now: Any, familiar: Any) -> Any:
    """As a page with something nobody had thought of."""
    if page is not None:
        raise LookupError("nobody had thought of this")
    from pipeline.flows.textwork import read_entry

    return read_entry(feed_id, language, entry, None, now)
