"""From the bytes of a page to what it says: text, headline, authors, time, language, address."""

from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from pipeline.stages.clean import Block
from pipeline.stages.clean.blocks import is_prose
from pipeline.stages.extract.authors import author_names
from pipeline.stages.extract.blocks import read_blocks
from pipeline.stages.extract.body import body_blocks
from pipeline.stages.extract.dates import published_at
from pipeline.stages.extract.decode import in_utf_8
from pipeline.stages.extract.head import Head, Tellers, read_head, tellers
from pipeline.stages.extract.language import language_of
from pipeline.stages.extract.line_traits import Hints, bare
from pipeline.stages.extract.linked_data import LinkedArticle, linked_article
from pipeline.stages.extract.prune import prune
from pipeline.stages.extract.swallowed import set_free
from pipeline.stages.extract.title import first_headings, headline

if TYPE_CHECKING:
    from pipeline.stages.extract.story import Story

MAX_ELEMENTS = 100_000
"""A page with more is no article; the rules of the extractor would take minutes for it."""
HEADLINE_WITHIN = 10
"""Lines. Further down, a line that repeats the headline belongs to something else."""
LITTLE_TEXT = 250
"""Characters. With less than that from the page itself, the text in its JSON-LD is taken, where that is longer."""


@dataclass(frozen=True, slots=True)
class Extracted:
    """``blocks``: the lines of the text, uncleaned, without the headline. What the page does not tell is empty.

    ``beside``: lines that stand between those of the text, or right behind them, and are not of it.
    """

    title: str = ""
    blocks: tuple[Block, ...] = ()
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    language: str | None = None
    canonical_url: str | None = None
    beside: tuple[Block, ...] = ()


def extract(html: bytes, url: str, charset: str | None) -> Extracted:
    """What the page at ``url`` says. ``charset`` is the one of the HTTP header. Never raises, whatever the bytes."""
    tree = parse(in_utf_8(html, charset))
    if tree is None:
        return Extracted()
    told = tellers(tree)
    head, article = read_head(tree, told, url), linked_article(told["script"])
    hints = _hints(told, head, article, url)
    authors = author_names(tree, head, article)
    story = _story(tree, hints)
    moment = published_at(tree, head, article, url, story.opening)
    blocks = without_headline(_rescued(story.blocks, article.body), hints.headings)
    text = "\n".join(block.text for block in blocks)
    language = language_of(text, head, article)
    return Extracted(hints.title, blocks, authors, moment, language, head.canonical_url, story.beside)


def hints_of(tree: Any, url: str) -> Hints:
    """What the page says about its story."""
    told = tellers(tree)
    return _hints(told, read_head(tree, told, url), linked_article(told["script"]), url)


def _hints(told: Tellers, head: Head, article: LinkedArticle, url: str) -> Hints:
    headings = first_headings(told["h1"])
    title = headline(headings, head, article, url)
    description = head.first("og:description", "description", "twitter:description")
    return Hints(title, description, article.body, (title, *headings))


def _story(tree: Any, hints: Hints) -> "Story":
    from pipeline.stages.extract.story import find_story  # loads numpy, which only the workers need
    from pipeline.stages.extract.walk import walk

    def second_opinion() -> tuple[Block, ...]:
        own = deepcopy(tree)  # the other extractor consumes it, and the page's times are still to be read
        prune(own)
        return body_blocks(own)

    return find_story(walk(tree), hints, second_opinion)


def page_lines(html: bytes, charset: str | None) -> tuple[str, ...]:
    """Every line that a reader of the whole page sees, furniture included, in order."""
    tree = parse(in_utf_8(html, charset))
    return () if tree is None else tuple(block.text for block in read_blocks(tree))


def parse(html: bytes) -> Any | None:
    """The page (in UTF-8) as a tree of lxml, or ``None`` if there is no markup in it or far too much."""
    from lxml import etree

    try:
        tree = etree.fromstring(html, _parser())
    except (etree.LxmlError, ValueError, AssertionError):
        return None
    if tree is None or not isinstance(tree.tag, str):
        return None
    if _has_too_many(tree, html):
        return None
    set_free(tree)
    return tree


def _has_too_many(tree: Any, html: bytes) -> bool:
    """Elements are counted only where they may be too many: each tag makes one at most, and one around it."""
    if 2 * html.count(b"<") < MAX_ELEMENTS:
        return False
    return sum(1 for _ in zip(range(MAX_ELEMENTS + 1), tree.iter(), strict=False)) > MAX_ELEMENTS


@cache
def _parser() -> Any:
    """Elements are those of ``lxml.html``, which the second extractor asks for, but without its choice of a class for
    each element: that is a call into Python for every one of them."""
    from lxml import etree, html

    parser = etree.HTMLParser(
        collect_ids=False, default_doctype=False, encoding="utf-8", remove_comments=True, remove_pis=True
    )
    parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=html.HtmlElement))
    return parser


def without_headline(blocks: tuple[Block, ...], headings: tuple[str, ...]) -> tuple[Block, ...]:
    """The lines below the headline, where it stands before the first sentence: what is above it is no story."""
    known = {bare(heading) for heading in headings if heading}
    start = 0
    for number, block in enumerate(blocks[:HEADLINE_WITHIN], start=1):
        if bare(block.text) in known:
            start = number
        elif is_prose(block.text):
            break
    return blocks[start:]


def _rescued(blocks: tuple[Block, ...], body: str) -> tuple[Block, ...]:
    """The lines of ``body``, if those of the page are (almost) none."""
    found = sum(len(block.text) for block in blocks)
    if found >= LITTLE_TEXT or len(body) <= found:
        return blocks
    return tuple(Block(line, 0.0) for line in body.splitlines())
