"""One story from a file or an address, for topics: fetched by the same client as in a round, read by a worker."""

import asyncio
import json
import re
from dataclasses import dataclass
from pathlib import Path

from pipeline.adapters.local_files import Unreadable, read_file
from pipeline.adapters.workers import Workers, WorkFailed
from pipeline.config.web_address import web_address_problem
from pipeline.errors import CannotRun, ConfigError, UnknownItem
from pipeline.flows.checked_rules import load_rules
from pipeline.flows.configuration import require_contact
from pipeline.flows.feed_visit import visitor
from pipeline.model import Article, FeedSource, FetchFailure
from pipeline.settings import Settings
from pipeline.stages.clean import Rules
from pipeline.stages.judge_page import Page
from pipeline.stages.prepare import prepare_page

MAX_FILE = 10_000_000
MAX_TITLE, MAX_TEXT = 1_000, 20_000
READ_LIMIT = 60.0
ADDRESS = re.compile(r"https?://", re.IGNORECASE)
MARKUP = re.compile(
    rb"^\s*(?:<!--.*?-->\s*)*<(?:!doctype|html|head|body|article|div|p|\?xml)\b", re.IGNORECASE | re.DOTALL
)
NOWHERE = "http://localhost/"
PRELOAD = ("pipeline.flows.topic_story", "trafilatura", "htmldate")


@dataclass(frozen=True, slots=True)
class ToldStory:
    """``url`` is None for a story from a file."""

    title: str
    text: str
    url: str | None


def read_story(settings: Settings, place: str) -> ToldStory:
    """The story at ``place``: an http(s) address, or a file (HTML; JSON with title and text; else headline, then text).

    Raises ``ConfigError`` for a wrong address or file, ``UnknownItem`` where there is no story, ``CannotRun`` where the
    site cannot be asked now.
    """
    story = _from_address(settings, place) if ADDRESS.match(place) else _from_file(place)
    if not story.text.strip() or not story.title.strip():
        raise UnknownItem(f"{place}: no story found there (it needs a headline and a text)")
    return ToldStory(" ".join(story.title.split())[:MAX_TITLE], story.text.strip()[:MAX_TEXT], story.url)


def _from_address(settings: Settings, url: str) -> ToldStory:
    if problem := web_address_problem(url):
        raise ConfigError([f"URL: {problem}"])
    require_contact(settings, [FeedSource(url, url, url)])
    answer = asyncio.run(_fetched(settings, url))
    if isinstance(answer, FetchFailure):
        trouble = f"{url}: {answer.kind}: {answer.detail}"
        raise CannotRun(trouble) if answer.temporary else UnknownItem(trouble)
    article = _article(answer)
    return ToldStory(article.title, article.text, answer.url)


async def _fetched(settings: Settings, url: str) -> Page | FetchFailure:
    async with visitor(settings) as visits:
        return await visits.page(url)


def _from_file(place: str) -> ToldStory:
    try:
        data = read_file(place, MAX_FILE)
    except Unreadable as error:
        raise ConfigError([f"{place}: {error}"]) from None
    if MARKUP.match(data[:4096]):
        article = _article(Page(data, NOWHERE, None))
        return ToldStory(article.title, article.text, None)
    text = data.decode("utf-8", "replace").lstrip("\ufeff").strip()
    if Path(place).suffix == ".json" or text.startswith("{"):
        return _from_json(place, text)
    title, _, rest = text.partition("\n")
    return ToldStory(title, rest, None)


def _from_json(place: str, text: str) -> ToldStory:
    try:
        row = json.loads(text)
    except (ValueError, RecursionError):
        raise ConfigError([f"{place}: is no JSON"]) from None
    title, body = (row.get(key) for key in ("title", "text")) if isinstance(row, dict) else (None, None)
    if not isinstance(title, str) or not isinstance(body, str):
        raise ConfigError([f"{place}: wants a JSON object with title and text"])
    return ToldStory(_written(title), _written(body), None)


def _written(text: str) -> str:
    """Lone surrogates, which JSON can carry, become question marks: no file or server takes them."""
    return text.encode("utf-8", "replace").decode()


def _article(page: Page) -> Article:
    """The page's article, made where a page that hangs or crashes harms nothing."""
    rules = load_rules()
    with Workers(1, limit=READ_LIMIT, preload=PRELOAD) as workers:
        try:
            return workers.submit(article_of, page, rules).result()
        except WorkFailed as error:
            raise UnknownItem(f"{page.url}: {error}") from None


def article_of(page: Page, rules: Rules) -> Article:
    """Runs in a worker."""
    return prepare_page(page.html, page.url, page.charset, "", rules, ())[0]
