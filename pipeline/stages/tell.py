"""From one entry, with or without its page, to what it has to say about a story: the CPU work of a round."""

from datetime import datetime, timedelta

from pipeline.config.boilerplate import Rules
from pipeline.config.topics import Topic
from pipeline.model import Entry
from pipeline.stages.identify import canonical_url
from pipeline.stages.judge_page import Page
from pipeline.stages.prepare import prepare_entry, prepare_page
from pipeline.stages.revise import Telling

MAX_SUMMARY = 1000
CLOCK_SKEW = timedelta(days=1)
"""A publication time further ahead than this is a mistake of the feed, not a clock that runs fast."""


def tell(
    feed_id: str,
    language: str | None,
    entry: Entry,
    page: Page | None,
    now: datetime,
    rules: Rules,
    topics: tuple[Topic, ...],
) -> Telling | None:
    """The telling of a story, or ``None`` when neither page nor feed has a text. Times after ``now`` are not believed."""
    told, scores = prepare_entry(entry.title, entry.content or entry.summary, rules, topics)
    source, article = "feed", told
    if page is not None:
        found, found_scores = prepare_page(page.html, page.url, page.charset, entry.title, rules, topics)
        if _is_fuller(found, told):
            source, article, scores = "page", found, found_scores
    url = canonical_url(_address(entry, page, article))
    if not article.text or url is None:
        return None
    return Telling(
        feed_id=feed_id,
        url=url,
        title=article.title or entry.title,
        text=article.text,
        summary=_summary(entry, told, rules),
        authors=article.authors or entry.authors,
        language=article.language or language,
        published_at=_believable(entry.published_at, now) or _believable(article.published_at, now),
        content_source="page" if source == "page" else "feed",
        topics=scores,
        removed=article.removed,
        rules_digest=rules.digest,
    )
