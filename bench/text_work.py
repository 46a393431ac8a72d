"""The CPU work on a page, one stage after the other, in this process."""

import gzip
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from bench.pages import RealPage
from pipeline.config.topics import load_topics
from pipeline.flows.checked_rules import load_rules
from pipeline.settings import CHECKOUT
from pipeline.stages.clean import clean_blocks
from pipeline.stages.extract import extract
from pipeline.stages.tag import tag

Result = TypeVar("Result")


def time_text_work(pages: Sequence[RealPage]) -> tuple[tuple[str, float], ...]:
    """Mean CPU seconds a page for parsing it (the yardstick), extracting, cleaning and tagging."""
    from lxml import html

    rules, topics = load_rules(), load_topics(CHECKOUT / "config" / "topics")
    spent = {"a bare lxml parse, for comparison": 0.0, "extract": 0.0, "clean": 0.0, "tag": 0.0}

    def timed(stage: str, work: Callable[[], Result]) -> Result:
        begun = time.process_time()
        result = work()
        spent[stage] += time.process_time() - begun
        return result

    rules.matching("warm")
    tag("warm", "", topics)
    for page in pages:
        body = gzip.decompress(page.file.read_bytes())
        timed("a bare lxml parse, for comparison", lambda body=body: html.document_fromstring(body))
        found = timed("extract", lambda body=body, page=page: extract(body, f"http://127.0.1.1{page.path}", None))
        cleaned = timed("clean", lambda found=found: clean_blocks(found.blocks, rules))
        timed("tag", lambda found=found, cleaned=cleaned: tag(found.title, cleaned.text, topics))
    return tuple((stage, seconds / len(pages)) for stage, seconds in spent.items())
