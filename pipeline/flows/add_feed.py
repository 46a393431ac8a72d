"""``feeds add``: find the feed of a site, look at it, and write it into the feed list."""

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipeline.adapters.file_swap import replace_file
from pipeline.config.feed_record import free_id, record, same_address, with_record
from pipeline.config.feeds import ID, check_feeds
from pipeline.config.web_address import web_address_problem
from pipeline.errors import CannotRun, ConfigError, UnknownItem
from pipeline.flows.configuration import require_contact
from pipeline.flows.feed_visit import Visit, Visitor, visitor
from pipeline.model import Entry, Exchange, FeedSource, FetchFailure, ParsedFeed
from pipeline.settings import Settings
from pipeline.stages.find_feeds import NamedFeed, usual_places
from pipeline.stages.moves import lasting_address

SHOWN_ENTRIES = 5
MAX_TRIED = 6
"""Addresses named by a page that are asked."""
LONGEST_LINE, LONGEST_NAME, LONGEST_PLACE = 300, 100, 500
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """A feed that answers. ``found`` says where its address comes from; ``others`` are further ones of the site."""

    url: str
    found: str
    parsed: ParsedFeed
    others: tuple[NamedFeed, ...] = ()

    @property
    def last_entries(self) -> tuple[Entry, ...]:
        """The newest by date; those without one as the feed orders them."""
        undated = datetime.min.replace(tzinfo=UTC)
        entries = sorted(self.parsed.entries, key=lambda entry: entry.published_at or undated, reverse=True)
        return tuple(entries[:SHOWN_ENTRIES])


@dataclass(frozen=True, slots=True)
class AddedFeed:
    """``record`` is what stands, or with a dry run would stand, in the list."""

    id: str
    name: str
    found: FoundFeed
    record: str
    feed_list: Path
    written: bool


def add(
    settings: Settings,
    address: str,
    now: datetime,
    say: Say,
    *,
    feed_id: str | None = None,
    name: str | None = None,
    dry_run: bool = False,
) -> AddedFeed:
    """Find the feed behind ``address`` (``https://`` may be left out) and add it to the list of the settings.

    Raises ``ConfigError`` for a wrong address, id, name or list, and for a feed that is in the list already;
    ``UnknownItem`` where no feed is found, naming what was tried; ``CannotRun`` where the list cannot be written.
    """
    url = _url(address)
    if feed_id is not None and not ID.fullmatch(feed_id):
        raise ConfigError(["--id: must be a slug of a-z, 0-9 and '-', at most 64 long"])
    known = _listed(settings.feeds)
    _refuse_known(known, url, feed_id)
    require_contact(settings, [FeedSource(url, url, url)])
    found = asyncio.run(_find(settings, url, say))
    _refuse_known(known, found.url, None)
    row = {
        "id": feed_id or free_id(found.parsed.title, found.url, {feed.id for feed in known}),
        "name": _one_line(name or found.parsed.title)[:LONGEST_NAME].strip() or found.url,
        "url": found.url,
        "seen_in": f"{found.found[:LONGEST_PLACE]}; sitrep feeds add, {now:%Y-%m-%d}",
    }
    fresh = _extended(settings.feeds, known, row)
    if not dry_run:
        _write(settings.feeds, fresh)
    return AddedFeed(row["id"], row["name"], found, record(row), settings.feeds, written=not dry_run)


def _url(address: str) -> str:
    url = address.strip() if "://" in address else f"https://{address.strip()}"
    if problem := web_address_problem(url):
        raise ConfigError([f"URL: {problem}"])
    return url


def _listed(path: Path) -> tuple[FeedSource, ...]:
    feeds, problems = check_feeds(path)
    if problems and not _is_unwritten(path):
        raise ConfigError(problems)
    return feeds


def _is_unwritten(path: Path) -> bool:
    """Is there no list yet, or one that holds no more than comments and its key?"""
    try:
        lines = path.read_bytes().split(b"\n") if path.exists() else []
    except OSError:
        return False
    said = [line.strip() for line in lines if line.strip() and not line.lstrip().startswith(b"#")]
    return said in ([], [b"feeds:"])


def _refuse_known(known: Sequence[FeedSource], url: str, feed_id: str | None) -> None:
    for feed in known:
        if same_address(feed.url, url):
            raise ConfigError([f"this feed is in the list already, as {feed.id}: {feed.url}"])
        if feed.id == feed_id:
            raise ConfigError([f"--id: the list has a feed {feed_id} already ({feed.url})"])


def _one_line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:LONGEST_LINE]


async def _find(settings: Settings, url: str, say: Say) -> FoundFeed:
    async with visitor(settings) as visits:
        say(f"asking {url}")
        first = await visits.visit(url)
        if first.feed is not None:
            return _found(url, first, first.feed, "given by hand")
        tried = [f"{url}: {_why(first)}"]
        if isinstance(first.answer, FetchFailure) and first.answer.status is None:
            raise _none(tried)  # no server answers there
        page = first.answer if isinstance(first.answer, Exchange) else None
        named = await visits.named_feeds(page) if page else ()
        for number, candidate in enumerate(named[:MAX_TRIED]):
            say(f"the page names {candidate.url}")
            visit = await visits.visit(candidate.url)
            if visit.feed is not None:
                others = named[:number] + named[number + 1 :]
                return _found(candidate.url, visit, visit.feed, f"named by {url}", others)
            tried.append(f"{candidate.url}: {_why(visit)}")
        return await _guess(visits, page.url if page else url, tried, say)


async def _guess(visits: Visitor, url: str, tried: list[str], say: Say) -> FoundFeed:
    asked = {line.partition(": ")[0] for line in tried}
    for place in usual_places(url):
        if place in asked:
            continue
        say(f"trying {place}")
        visit = await visits.visit(place, guessed=True)
        if visit.feed is not None:
            return _found(place, visit, visit.feed, f"guessed from {url}")
        tried.append(f"{place}: {_why(visit)}")
    raise _none(tried)


def _found(url: str, visit: Visit, parsed: ParsedFeed, found: str, others: tuple[NamedFeed, ...] = ()) -> FoundFeed:
    moved_to = lasting_address(visit.answer) if isinstance(visit.answer, Exchange) else None
    return FoundFeed(moved_to or url, found, parsed, others)


def _why(visit: Visit) -> str:
    """Why there is no feed; some of it may be words of the server."""
    if isinstance(visit.answer, FetchFailure):
        return _one_line(f"{visit.answer.kind}: {visit.answer.detail}")
    return _one_line(visit.parsed.error or "") if visit.parsed else "it cannot be parsed in time"


def _none(tried: Sequence[str]) -> UnknownItem:
    return UnknownItem("\n".join(("no feed found; asked:", *(f"  {line}" for line in tried))))


def _extended(path: Path, known: Sequence[FeedSource], row: dict[str, str]) -> bytes:
    """The new bytes of the list, parsed again to prove that they are the old feeds and the new one."""
    old = path.read_bytes().decode() if path.exists() else ""
    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder) / path.name
        for text in with_record(old, row):
            trial.write_bytes(text.encode())
            feeds, problems = check_feeds(trial)
            if not problems and feeds[:-1] == tuple(known) and feeds[-1].id == row["id"]:
                return text.encode()
    raise CannotRun(f"{path} has changed meanwhile, or is no plain list; add this by hand:\n{record(row)}")


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, data)
    except OSError as error:
        raise CannotRun(f"cannot write {path} ({error.strerror}); nothing was changed") from None
