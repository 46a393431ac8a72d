"""From one entry, with or without its page, to what it has to say about a story: the CPU work of a round."""

import hashlib
import itertools
import math
import re
from datetime import datetime, timedelta

from pipeline.model import Article, ContentSource, Entry
from pipeline.stages.clean import NOTHING_FAMILIAR, Familiar, Rules, Trait
from pipeline.stages.during import During, unmeasured
from pipeline.stages.extract.language import identified
from pipeline.stages.identify import canonical_url, page_url
from pipeline.stages.judge_page import Page
from pipeline.stages.prepare import prepare, prepare_entry
from pipeline.stages.revise import Telling
from pipeline.topic import Topic

METHOD = 5
"""Raised whenever extraction, cleaning or tagging changes what they make of a page, so that ``reprocess`` sees it."""
MAX_SUMMARY = 1000
CLOCK_SKEW = timedelta(days=1)
"""A publication time further ahead than this is a mistake of the feed, not a clock that runs fast."""
SHORTER = 0.8
"""A page that has a smaller share than this of the feed's own words is the stub of a paywall."""
SHORT_PAGE = 120
"""Words. A page as short as this may be a notice about consent or robots instead of the story …"""
KINSHIP = 0.25
"""… if it holds a smaller share than this of the words with which the feed announces the story."""
_WORD = re.compile(r"\w{3,}")


def tell(
    feed_id: str,
    language: str | None,
    entry: Entry,
    page: Page | None,
    now: datetime,
    rules: Rules,
    topics: tuple[Topic, ...],
    familiar: Familiar = NOTHING_FAMILIAR,
    during: During = unmeasured,
) -> Telling | None:
    """The telling of a story, or ``None`` when neither page nor feed has a text, or nothing has an address.

    ``language`` is the one that the feed list gives. ``familiar``: lines that the page's site puts around its stories.
    Publication times well after ``now`` are not believed.
    """
    told, scores = prepare_entry(entry.title, entry.content or entry.summary, rules, topics, during)
    source: ContentSource = "feed"
    article = told
    traits: tuple[Trait, ...] = ()
    if page is not None:
        found = prepare(page.html, page.url, page.charset, entry.title, rules, topics, familiar, during)
        if _is_fuller(found.article, told):
            source, article, scores, traits = "page", found.article, found.topics, found.traits
    url = canonical_url(_address(entry, page, article if source == "page" else None))
    if not article.text or url is None:
        return None
    from pipeline.stages.fold.sketch import sign  # loads numpy, which only the workers need

    title = article.title or entry.title
    with during("fold"):
        signature = sign(title, article.text)
    return Telling(
        feed_id=feed_id,
        url=url,
        title=title,
        text=article.text,
        summary=_summary(entry, told, rules),
        authors=article.authors or entry.authors,
        language=article.language or language or identified(article.text),
        published_at=_believable(entry.published_at, now) or _believable(article.published_at, now),
        content_source=source,
        topics=scores,
        removed=article.removed,
        rules_digest=processing_digest(rules, topics),
        signature=signature,
        traits=traits,
        site_snapshot=familiar.id if source == "page" else None,
    )


def processing_digest(rules: Rules, topics: tuple[Topic, ...]) -> str:
    """What a telling depends on beside its page: 64 hex digits that change with rules, topics and ``METHOD``."""
    parts = [str(METHOD), rules.digest, *(f"{topic.id} {topic.digest}" for topic in topics)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _is_fuller(found: Article, told: Article) -> bool:
    """Does the page hold the story, rather than a stub of it or a notice in its place?"""
    own = _WORD.findall(told.text.casefold())
    enough = max(SHORT_PAGE, math.ceil(SHORTER * len(own)))
    # A page of more words is looked at no further.
    words = [match[0] for match in itertools.islice(_WORD.finditer(found.text.casefold()), enough)]
    if not words or len(words) < SHORTER * len(own):
        return False
    if not own:
        return True  # a short story is better than none
    announced = set(own) | set(_WORD.findall(told.title.casefold()))
    return len(words) >= SHORT_PAGE or len(announced & set(words)) >= KINSHIP * len(announced)


def _address(entry: Entry, page: Page | None, found: Article | None) -> str:
    """The page's own address if its text is told, else the link. A guid may be the only link that a feed gives."""
    if page is not None and found is not None:
        return page_url(found.canonical_url, page.url)
    return entry.url or (page.url if page else None) or entry.guid or ""


def _summary(entry: Entry, told: Article, rules: Rules) -> str:
    """The feed's summary as one line of plain text; where there is none, the beginning of the feed's text."""
    text = told.text
    if entry.content and entry.summary:
        text = prepare_entry(entry.title, entry.summary, rules, ())[0].text
    text = " ".join(text.split())
    return text if len(text) <= MAX_SUMMARY else text[: MAX_SUMMARY - 1].rpartition(" ")[0] + "…"


def _believable(moment: datetime | None, now: datetime) -> datetime | None:
    return moment if moment is not None and moment <= now + CLOCK_SKEW else None
