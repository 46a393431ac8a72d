"""``sitrep feeds check|add``: the feed list, tried and extended."""

import sys
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli import console

if TYPE_CHECKING:
    from pipeline.flows.add_feed import AddedFeed
    from pipeline.flows.feeds import CheckedFeed, FeedCheck

CHECK_EXAMPLES = """
[bold]Examples[/bold]

  sitrep feeds check

  SITREP_FEEDS=my-feeds.yaml sitrep feeds check --json

[bold]Words[/bold]

  fine        a feed with fresh entries
  moved       for good, to the address shown
  silent      no entries, or none for four weeks
  not a feed  a page or something else stands there
  blocked     the site turns programs away, or the address is refused here
  failing     trouble that may pass: no answer in time, 5xx
  dead        nothing there any more

Nothing is stored. Feeds that are disabled are not asked.

Exit status: 0 every feed is fine, 1 some are not.
"""
ADD_EXAMPLES = """
[bold]Examples[/bold]

  sitrep feeds add example.org        (finds the feed that the page names)

  sitrep feeds add example.org/rss.xml --id example --name "Example News"

  sitrep feeds add https://example.org/news --dry-run

Exit status: 0 found, 1 no feed there, 2 a wrong address or a known feed.
"""
ORDER = ("dead", "blocked", "not_a_feed", "failing", "moved", "silent", "fine")
Json = Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")]


def register(app: typer.Typer) -> None:
    commands = typer.Typer(help="The feed list: try all feeds, add one.", no_args_is_help=True)
    commands.command(epilog=CHECK_EXAMPLES)(check)
    commands.command(epilog=ADD_EXAMPLES)(add)
    app.add_typer(commands, name="feeds")


def check(as_json: Json = False) -> None:
    """Ask every feed of the list once and say which are moved, silent, blocked, dead or no feeds. Exit 1: some are."""
    from pipeline.cli.progress import watching
    from pipeline.flows import feeds as flow
    from pipeline.flows.clock import system_clock
    from pipeline.settings import load_settings

    settings = load_settings()
    with watching(("feeds",)) as watch:
        found = flow.check(settings, system_clock(), watch)
    if as_json:
        console.answer_json(_check_json(found))
    else:
        from pipeline.cli.measures import shown

        for line in _check_lines(found):
            print(shown(line))
    sys.exit(0 if all(feed.is_fine for feed in found.feeds) else 1)


def _check_json(found: "FeedCheck") -> dict[str, Any]:
    counts: Counter[str] = Counter(checked.verdict.word for checked in found.feeds)
    return {
        "checked": len(found.feeds),
        "counts": {word: counts[word] for word in reversed(ORDER)},
        "feeds": [_checked_json(checked) for checked in found.feeds],
        "disabled": found.disabled,
    }


def _checked_json(checked: "CheckedFeed") -> dict[str, Any]:
    verdict = checked.verdict
    return {
        "id": checked.feed.id,
        "url": checked.feed.url,
        "verdict": verdict.word,
        "detail": verdict.detail,
        "moved_to": verdict.moved_to,
        "status": checked.status,
        "entries": verdict.entries,
        "newest_at": verdict.newest_at,
        "milliseconds": checked.milliseconds,
    }


def _check_lines(found: "FeedCheck") -> Iterator[str]:
    from pipeline.cli.measures import some, width, wrapped

    by_word = {word: [checked for checked in found.feeds if checked.verdict.word == word] for word in ORDER}
    sums = [f"{len(by_word[word]):,} {_said(word)}" for word in reversed(ORDER) if by_word[word]]
    sums += [f"{len(found.disabled)} disabled and not asked"] if found.disabled else []
    if not found.feeds:
        yield "no feed to try; add one with: sitrep feeds add https://example.org"
        return
    yield from wrapped([f"{some(len(found.feeds), 'feed')} tried: {sums[0]}", *sums[1:]], width())
    for word in ORDER[:-1]:
        if by_word[word]:
            yield ""
            yield _said(word).capitalize()
            for checked in by_word[word]:
                yield from _checked_lines(checked)
    if all(checked.verdict.detail.startswith(("dns", "connect")) for checked in found.feeds):
        yield ""
        yield "No feed could be reached at all: is this machine connected to the network?"


def _said(word: str) -> str:
    return word.replace("_", " ")


def _checked_lines(checked: "CheckedFeed") -> Iterator[str]:
    detail = f": {checked.verdict.detail}" if checked.verdict.detail else ""
    yield f"  {checked.feed.id}{detail}"
    yield f"      {checked.feed.url}"
    if checked.verdict.moved_to:
        yield f"      now at {checked.verdict.moved_to}"


def add(
    url: Annotated[str, typer.Argument(metavar="URL", help="A feed, or a page of the site whose feed is wanted.")],
    feed_id: Annotated[str | None, typer.Option("--id", help="Its id in the list.", show_default=False)] = None,
    name: Annotated[str | None, typer.Option(help="Its name in the list.", show_default=False)] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be written, and write nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Find the feed of a site, show its last entries, and write it into the feed list."""
    from pipeline.flows import add_feed as flow
    from pipeline.flows.clock import system_clock
    from pipeline.settings import load_settings

    added = flow.add(load_settings(), url, system_clock(), console.say, feed_id=feed_id, name=name, dry_run=dry_run)
    if as_json:
        console.answer_json(_added_json(added))
        return
    from pipeline.cli.measures import shown

    for line in _added_lines(added):
        print(shown(line))
    for line in added.record.splitlines():
        print(f"  {console.plain(line)}")


def _added_json(added: "AddedFeed") -> dict[str, Any]:
    found = added.found
    return {
        "feed": {"id": added.id, "name": added.name, "url": found.url},
        "found": found.found,
        "title": found.parsed.title,
        "format": found.parsed.format,
        "entries": [
            {"title": entry.title, "url": entry.url, "published_at": entry.published_at} for entry in found.last_entries
        ],
        "others": [{"url": other.url, "title": other.title} for other in found.others],
        "feed_list": str(added.feed_list),
        "written": added.written,
    }


def _added_lines(added: "AddedFeed") -> Iterator[str]:
    found = added.found
    yield f"Found: {found.parsed.title or 'a feed without a title'} ({found.parsed.format}, {found.found})"
    yield ""
    yield "Its last entries" if found.last_entries else "It has no entries at the moment."
    for entry in found.last_entries:
        date = f"{entry.published_at:%Y-%m-%d %H:%M}" if entry.published_at else "no date".ljust(16)
        yield f"  {date}  {entry.title or entry.url or '(without title and link)'}"
    if found.others:
        yield ""
        yield "Other feeds that the page names"
        for other in found.others:
            yield f"  {other.title or 'without a name'}"
            yield f"      {other.url}"
    yield ""
    yield f"{'Written to' if added.written else 'Would be written to'} {added.feed_list}"
