"""The work on one page by stage, beside a bare parse (L) and beside trafilatura with metadata, in this process."""

import gzip
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from lxml import html

from bench.pages import RealPage
from bench.speed.goals import Goal, Row

Result = TypeVar("Result")


def parsed(body: bytes) -> object:
    """L, the unit: one bare parse."""
    return html.document_fromstring(body)


class Yardstick:
    """Mean CPU seconds a page for what is called; pages are read once, stages run page by page in turns."""

    def __init__(self, pages: Sequence[RealPage]) -> None:
        self._bodies = [(f"http://127.0.1.1{page.path}", gzip.decompress(page.file.read_bytes())) for page in pages]
        self.spent: dict[str, float] = {}

    def measure(self) -> None:
        """All stages over all pages. What is loaded once and serves all pages is there before, as it is in a worker."""
        from trafilatura import bare_extraction

        from pipeline.config.topics import load_topics
        from pipeline.flows.checked_rules import load_rules
        from pipeline.flows.shared_by_workers import PAGE
        from pipeline.settings import CHECKOUT
        from pipeline.stages.clean import clean_blocks
        from pipeline.stages.extract import extract
        from pipeline.stages.fold.sketch import sign
        from pipeline.stages.tag import tag

        rules, topics = load_rules(), load_topics(CHECKOUT / "config" / "topics")
        tag("warm", "", topics)
        rules.matching("warm")
        rules.may_end("warm")
        bare_extraction(PAGE, with_metadata=True)
        for url, body in self._bodies:
            self._timed("parse", lambda body=body: parsed(body))
            found = self._timed("extract", lambda url=url, body=body: extract(body, url, None))
            cleaned = self._timed("clean", lambda found=found: clean_blocks(found.blocks, rules))
            self._timed("tag", lambda found=found, text=cleaned.text: tag(found.title, text, topics))
            self._timed("sign", lambda found=found, text=cleaned.text: sign(found.title, text))
            self._timed(
                "trafilatura",
                lambda url=url, body=body: bare_extraction(body, url=url, with_metadata=True, include_comments=False),
            )

    def parse_again(self) -> float:
        """The yardstick alone, once more: has the machine changed meanwhile?"""
        begun = time.process_time()
        for _, body in self._bodies:
            parsed(body)
        return (time.process_time() - begun) / len(self._bodies)

    def parse(self) -> float:
        return self._each("parse")

    def extract(self) -> float:
        return self._each("extract")

    def rows(self) -> Iterator[Row]:
        ours = sum(self._each(stage) for stage in ("extract", "clean"))
        stages = ", ".join(f"{stage} {self._each(stage) * 1000:.1f}" for stage in self.spent)
        ratio = ours / self._each("trafilatura")
        yield Row("extract and clean, CPU per page", ratio, "trafilatura", Goal(0.40, 0.20), f"ms: {stages}")

    def _each(self, stage: str) -> float:
        return self.spent[stage] / len(self._bodies)

    def _timed(self, stage: str, work: Callable[[], Result]) -> Result:
        begun = time.process_time()
        result = work()
        self.spent[stage] = self.spent.get(stage, 0.0) + time.process_time() - begun
        return result
