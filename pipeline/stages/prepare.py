"""A page, or the HTML of a feed entry, to a cleaned and tagged article. Pure CPU work."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pipeline.model import Article, Removal, TopicScore
from pipeline.stages.clean import (
    NOT_STORY,
    NOTHING_FAMILIAR,
    Block,
    Cleaned,
    Familiar,
    Rules,
    Trait,
    clean_blocks,
    traits_of,
    without_repeats,
)
from pipeline.stages.during import During, unmeasured
from pipeline.stages.extract import extract
from pipeline.stages.extract.authors import signed_by
from pipeline.stages.extract.blocks import SILENT, Step, gather
from pipeline.stages.extract.decode import suited
from pipeline.stages.tag import tag
from pipeline.topic import Topic

MAX_FRAGMENT = 500_000
"""Characters of a feed entry's HTML that are read."""
_MARKUP = "<&\ufeff"
"""Without these characters (the last is a byte order mark) HTML is nothing but its text."""
SIGNED_WITHIN = 3
"""Lines at the end of a story where an agency may say who reported it."""
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class PreparedPage:
    """``traits``: of the lines that the rules have left, by which the lines of a site are counted."""

    article: Article
    topics: tuple[TopicScore, ...]
    traits: tuple[Trait, ...]


def prepare_page(
    html: bytes, url: str, charset: str | None, feed_title: str, rules: Rules, topics: tuple[Topic, ...]
) -> tuple[Article, tuple[TopicScore, ...]]:
    """``prepare`` for a page of a site that nothing is known of."""
    prepared = prepare(html, url, charset, feed_title, rules, topics)
    return prepared.article, prepared.topics


def prepare(
    html: bytes,
    url: str,
    charset: str | None,
    feed_title: str,
    rules: Rules,
    topics: tuple[Topic, ...],
    familiar: Familiar = NOTHING_FAMILIAR,
    during: During = unmeasured,
) -> PreparedPage:
    """The article on the page at ``url``; ``charset`` is the one of the HTTP header.

    ``feed_title`` is the headline as the feed has it ("" where there is no feed): used when the page has none.
    ``familiar``: the lines that this site is known to put around its stories.
    An article without text means that the page has none.
    """
    with during("extract"):
        found = extract(html, url, charset)
    title = found.title or feed_title
    with during("clean"):
        languages = rules.languages_in(block.text for block in found.blocks)
        cleaned = _cleaned(found.blocks, (title, feed_title), rules, languages)
        traits = traits_of(cleaned.kept)
        kept, repeated = without_repeats(cleaned.kept, traits, familiar)
        removed = cleaned.removed + repeated + named(found.beside, rules, languages)
    article = Article(
        title=title,
        text="\n".join(block.text for block in kept),
        authors=found.authors or signed_by(block.text for block in kept[-SIGNED_WITHIN:]),
        published_at=found.published_at,
        language=found.language,
        canonical_url=found.canonical_url,
        removed=removed,
    )
    with during("tag"):
        return PreparedPage(article, tag(article.title, article.text, topics), traits)


def prepare_entry(
    title: str, fragment: str, rules: Rules, topics: tuple[Topic, ...], during: During = unmeasured
) -> tuple[Article, tuple[TopicScore, ...]]:
    """The article in a feed entry's HTML ``fragment``; its text may be empty."""
    with during("extract"):
        blocks = fragment_blocks(fragment)
    with during("clean"):
        cleaned = _cleaned(blocks, (title,), rules)
    article = Article(title=title, text=cleaned.text, removed=cleaned.removed)
    with during("tag"):
        return article, tag(title, article.text, topics)


def fragment_blocks(fragment: str) -> tuple[Block, ...]:
    """The lines of a piece of HTML, such as a feed's summary. Plain text is one, too."""
    text = suited(fragment[:MAX_FRAGMENT])
    if not any(sign in text for sign in _MARKUP):
        return gather([("text", text)])
    from bs4 import BeautifulSoup

    return gather(_steps(BeautifulSoup(text, "lxml")))


def _steps(soup: Any) -> Iterator[Step]:
    """The walk through a soup, without recursion: nesting is the feed's choice."""
    from bs4.element import NavigableString, PreformattedString, Tag

    waiting: list[Any] = [soup]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Tag):
            yield "begin", node.name
            waiting.append(("end", node.name))
            waiting += [] if node.name in SILENT else reversed(node.contents)
        elif isinstance(node, tuple):
            yield node
        elif isinstance(node, NavigableString) and not isinstance(node, PreformattedString):
            yield "text", str(node)


def _cleaned(
    blocks: Iterable[Block], titles: tuple[str, ...], rules: Rules, languages: frozenset[str] | None = None
) -> Cleaned:
    """The lines without boilerplate, and without the headline where that stands first once the rest is gone."""
    cleaned = clean_blocks(blocks, rules, languages)
    bare = {_bare(title) for title in titles if title}
    lines = cleaned.kept
    while lines and _bare(lines[0].text) in bare:
        lines = lines[1:]
    return Cleaned(lines, cleaned.removed)


def named(blocks: Iterable[Block], rules: Rules, languages: frozenset[str] = frozenset()) -> tuple[Removal, ...]:
    """The lines that extraction left out, each under the rule that knows it; ``languages`` are those of the text."""
    return tuple(Removal(block.text, _known_as(block, rules, languages)) for block in blocks)


def _known_as(block: Block, rules: Rules, languages: frozenset[str]) -> str:
    """What a rule says of the words goes before what one says of any line that is a link."""
    known = rules.matching(block.text, languages)
    by_words = next((rule for rule in known if not rule.linked), None)
    by_shape = next((rule for rule in known if block.is_link), None)
    found = by_words or by_shape
    return found.id if found else NOT_STORY


def _bare(text: str) -> str:
    return "".join(_WORD.findall(text.casefold()))
