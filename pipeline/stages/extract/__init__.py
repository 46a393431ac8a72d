"""Stage *extract*: a page's bytes to its story, uncleaned, with what the page tells about it."""

from pipeline.stages.extract.page import Extracted, extract, page_lines

__all__ = ["Extracted", "extract", "page_lines"]
