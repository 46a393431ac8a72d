"""Stage *extract*: a page's bytes to its story, uncleaned, with what the page tells about it."""

from pipeline.stages.extract.page import Extracted, extract

__all__ = ["Extracted", "extract"]
