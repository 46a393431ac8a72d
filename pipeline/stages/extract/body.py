"""The text of a page by trafilatura. The only file that knows it."""

import logging
from functools import cache
from typing import Any

from pipeline.stages.clean import Block
from pipeline.stages.extract.blocks import read_blocks


def body_blocks(tree: Any, url: str) -> tuple[Block, ...]:
    """The lines that trafilatura takes for the article, in order; none when it finds nothing. Consumes ``tree``."""
    from trafilatura import bare_extraction

    _keep_quiet()
    try:
        found = bare_extraction(tree, url=url or None, include_comments=False, include_links=True)
    except Exception:  # it has no error of its own; whatever a strange page does to it, the page has no text then
        return ()
    body = getattr(found, "body", None)
    return read_blocks(body) if body is not None else ()


@cache
def _keep_quiet() -> None:
    """It logs a line for every page without text; that is told as a fate of the page, not in the log."""
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    logging.getLogger("htmldate").setLevel(logging.CRITICAL)
