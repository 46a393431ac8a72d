"""The text of a page by trafilatura. The only file that knows it."""

import logging
from functools import cache
from typing import Any

from pipeline.stages.clean import Block
from pipeline.stages.extract.blocks import read_blocks
from pipeline.stages.extract.stop_words import WordSet, all_stop_words, take_word_sets


def body_blocks(tree: Any) -> tuple[Block, ...]:
    """The lines that trafilatura takes for the article, in order; none when it finds nothing. Consumes ``tree``."""
    from trafilatura import bare_extraction

    _prepare()
    try:
        # Only its elements are read: with a form of text it does not write them out, without an address it resolves
        # no links.
        found = bare_extraction(tree, include_comments=False, include_links=True, output_format="txt")
    except Exception:  # it has no error of its own; whatever a strange page does to it, the page has no text then
        return ()
    body = getattr(found, "body", None)
    return read_blocks(body) if body is not None else ()


def use_stop_words(words: WordSet) -> None:
    """Give it the stop words that it would load for itself."""
    from trafilatura import external

    take_word_sets()
    external.JT_STOPLIST = words  # type: ignore[assignment]


@cache
def _prepare() -> None:
    """See to it that it has stop words, and keep it quiet.

    It logs a line for every page without text; that is told as a fate of the page, not in the log.
    """
    from trafilatura import external

    if external.JT_STOPLIST is None:
        use_stop_words(WordSet(all_stop_words()))
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    logging.getLogger("htmldate").setLevel(logging.CRITICAL)
