"""Invented outlets and articles, read from the files of this folder.

Adding an article = dropping a file into ``articles/<outlet>/``: ``<slug>.md`` is there from hour 0 on,
``<slug>.hour1.md`` from hour 1 on (an update where ``<slug>.md`` exists, else a new story). README.md has the form.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from string import Template
from typing import Any, Literal

import yaml
from pydantic import AwareDatetime, ConfigDict, TypeAdapter, ValidationError, with_config

FOLDER = Path(__file__).parent
HOURS = (0, 1)
START = datetime(2024, 10, 21, 12, tzinfo=UTC)
"""T: hour 0 of the newsroom; hour 1 is one hour later."""

Subject = Literal["israel-hezbollah", "near-miss", "other"]
FeedFormat = Literal["rss2", "rss1", "atom", "html"]
Status = Literal[200, 403, 404, 503]
HOUR_OF_SUFFIX = {"": 0, ".hour1": 1}
KNOWN_FIELDS_ONLY = ConfigDict(extra="forbid")


@with_config(KNOWN_FIELDS_ONLY)
@dataclass(frozen=True, slots=True)
class OutletFeed:
    """How an outlet publishes its feed. Fragments are ``string.Template`` texts; ``html`` is no feed at all."""

    path: str
    format: FeedFormat
    group: str
    full_text: Literal["page", "feed"] = "page"
    link_query: str = ""
    """Query that the feed adds to its links, such as ``utm_source=rss``."""
    summary: str = "$text"
    content: str | None = None
    """Fragment round the whole text in the entry; ``None`` where the feed carries summaries only."""
    status: Status = 200
    slow: bool = False


@with_config(KNOWN_FIELDS_ONLY)
@dataclass(frozen=True, slots=True)
class Outlet:
    """One invented outlet: its feed, its page template and the furniture it puts inside a story."""

    id: str
    name: str
    tagline: str
    feed: OutletFeed
    path: str = "/news/$slug/"
    charset: str = "utf-8"
    date_format: str = "%d %B %Y"
    metadata: tuple[str, ...] = ("canonical",)
    paragraph: str = "<p>$text</p>"
    crosshead: str = "<h2>$text</h2>"
    inserts: Mapping[int, str] = field(default_factory=dict)
    """After which block of the story a piece of furniture stands, as an HTML fragment."""
    robots: str = "User-agent: *\nDisallow: /account/\n"


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph or a crosshead as the outlet publishes it."""

    kind: Literal["paragraph", "crosshead"]
    text: str

    @property
    def gold(self) -> str:
        """The words of the story: a stray backslash at a paragraph's end is none of them."""
        return self.text.removesuffix("\\")


@with_config(KNOWN_FIELDS_ONLY)
@dataclass(frozen=True, slots=True)
class SampleArticle:
    """One version of one article; ``(id, hour)`` is unique."""

    id: str
    """``<outlet>/<slug>``."""
    outlet: str
    hour: int
    """The hour from which this version is published."""
    path: str
    """Where the page lies on its outlet's host, as the page itself says (rel=canonical)."""
    guid: str
    title: str
    subject: Subject
    blocks: tuple[Block, ...]
    author: str = ""
    published: AwareDatetime | None = None
    updated: AwareDatetime | None = None
    summary: str = ""
    tags: tuple[str, ...] = ()
    photo: str = ""
    copy_of: str | None = None
    """Id of the agency article whose words these are."""
    linked_as: str | None = None
    """Path that the feed links to where it is not ``path``."""
    links_to: str | None = None
    """Id of the article of another outlet that the entry points to."""
    odd_link: str | None = None
    """What the entry has in place of a link that can be fetched; empty = no link at all."""
    page_status: tuple[Status, Status] = (200, 200)
    """The page's HTTP status at hour 0 and at hour 1."""

    @property
    def text(self) -> str:
        """The gold text: paragraphs and crossheads as written, one a line, without the headline."""
        return "\n".join(block.gold for block in self.blocks)

    @property
    def lead(self) -> str:
        """What the outlet shows of it in lists: its own summary, else the first block; empty where there is no text."""
        return self.summary or next((block.gold for block in self.blocks), "")

    @property
    def has_page(self) -> bool:
        """Is there a page of its own outlet behind the entry?"""
        return self.links_to is None and self.odd_link is None

    @property
    def modified(self) -> datetime | None:
        """When the outlet last touched it."""
        return self.updated or self.published


@dataclass(frozen=True, slots=True)
class Newsroom:
    """All outlets and all versions of their articles."""

    outlets: tuple[Outlet, ...]
    articles: tuple[SampleArticle, ...]

    def published(self, outlet: Outlet, hour: int) -> tuple[SampleArticle, ...]:
        """What ``outlet`` shows at ``hour``, newest first, each article in its latest version; undated ones last."""
        current = {a.id: a for a in sorted(self.articles, key=_hour) if a.outlet == outlet.id and a.hour <= hour}
        return tuple(sorted(current.values(), key=_published, reverse=True))

    def article(self, article_id: str, hour: int = 0) -> SampleArticle:
        """The version of an article that is shown at ``hour``. Raises ``KeyError`` where there is none."""
        versions = [a for a in self.articles if a.id == article_id and a.hour <= hour]
        if not versions:
            raise KeyError(article_id)
        return max(versions, key=_hour)


def open_newsroom(folder: Path = FOLDER) -> Newsroom:
    """Read ``outlets.yaml`` and ``articles/``. Raises ``ValueError`` naming the file that cannot be understood."""
    outlets = _outlets(folder / "outlets.yaml")
    drafts = {path: _draft(path) for path in sorted((folder / "articles").glob("*/*.md"))}
    texts = {draft["id"]: draft["blocks"] for draft in drafts.values() if draft["hour"] == 0}
    paths = {outlet.id: outlet.path for outlet in outlets}
    articles = []
    for file, draft in drafts.items():
        try:
            articles.append(_article(draft, paths, texts))
        except ValueError as error:
            raise ValueError(f"{file}: {_mistakes(error)}") from error
    return Newsroom(outlets, tuple(articles))


def _outlets(path: Path) -> tuple[Outlet, ...]:
    try:
        return TypeAdapter(tuple[Outlet, ...]).validate_python(yaml.safe_load(path.read_text("utf-8"))["outlets"])
    except (ValueError, KeyError, TypeError, yaml.YAMLError) as error:
        raise ValueError(f"{path}: {_mistakes(error)}") from error


def _draft(path: Path) -> dict[str, Any]:
    """One file as a mapping: its front matter, its blocks, and what its name says."""
    slug, suffix = Path(path.stem).stem, Path(path.stem).suffix
    if suffix not in HOUR_OF_SUFFIX:
        raise ValueError(f"{path}: is named neither <slug>.md nor <slug>.hour1.md")
    try:
        _, front, body = path.read_text("utf-8").split("---\n", 2)
        facts = dict(yaml.safe_load(front))
    except (ValueError, TypeError, yaml.YAMLError) as error:
        raise ValueError(f"{path}: wants front matter between two lines of '---', then the text") from error
    outlet = path.parent.name
    named = {"id": f"{outlet}/{slug}", "outlet": outlet, "hour": HOUR_OF_SUFFIX[suffix], "blocks": _blocks(body)}
    return facts | named


def _blocks(body: str) -> tuple[Block, ...]:
    """Blocks stand between blank lines; the lines of one paragraph (a sentence each) belong together."""
    chunks = [" ".join(chunk.split()) for chunk in body.split("\n\n")]
    return tuple(
        Block("crosshead", chunk.removeprefix("## ")) if chunk.startswith("## ") else Block("paragraph", chunk)
        for chunk in chunks
        if chunk
    )


def _article(
    draft: Mapping[str, Any], paths: Mapping[str, str], texts: Mapping[str, tuple[Block, ...]]
) -> SampleArticle:
    """Raises ``ValueError`` where the draft misses a field, has one too many or names what is not there."""
    outlet, slug = draft["outlet"], draft["id"].partition("/")[2]
    if outlet not in paths:
        raise ValueError(f"no outlet of outlets.yaml has the id {outlet!r}")
    facts = {
        "path": Template(paths[outlet]).safe_substitute(slug=slug),
        "guid": f"urn:sample:{outlet}:{slug}",
        **draft,
    }
    kept = facts.pop("blocks_kept", None)
    for name in ("copy_of", "links_to"):
        if name in facts and facts[name] not in texts:
            raise ValueError(f"{name} names no article: {facts[name]!r}")
    if "copy_of" in facts:
        facts["blocks"] = texts[facts["copy_of"]][:kept]
    article = TypeAdapter(SampleArticle).validate_python(facts)
    if article.has_page and not article.blocks:
        raise ValueError("wants a text, since it has a page")
    return article


def _mistakes(error: Exception) -> str:
    """Every mistake in one line; of pydantic's report only the field and the reason."""
    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(map(str, row['loc']))}: {row['msg']}" for row in error.errors())
    return str(error)


def _hour(article: SampleArticle) -> int:
    return article.hour


def _published(article: SampleArticle) -> datetime:
    return article.published or datetime.min.replace(tzinfo=UTC)


def latest(articles: Iterable[SampleArticle]) -> datetime:
    """When the newest of the articles was last touched; the start of the newsroom where none has a date."""
    return max((a.modified for a in articles if a.modified), default=START)
