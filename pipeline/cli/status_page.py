"""The status for people: sums first, then trouble, then the last rounds. Lines may be too long and not yet plain."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.cli.measures import ago, away, size, some, span, width, wrapped

if TYPE_CHECKING:
    from pipeline.adapters.ledger.overview import Backlog, PastRun
    from pipeline.flows.status import DiskUse, FeedOverview, Status

LABEL = 9
SHOWN_FEEDS = 10
"""Of each kind of trouble."""
SHOWN_RUNS = 5
ORDER = ("failing", "gone", "silent", "never", "disabled", "ok")


def page(found: "Status", feed_list: Path, *, every_feed: bool) -> Iterator[str]:
    """All lines, from what matters most to the details."""
    yield from _labelled("Feeds", _feed_sums(found, feed_list))
    yield from _labelled("Backlog", _backlog(found.backlog, found.now))
    yield from _labelled("Rounds", [_last_round(found.runs, found.now)])
    yield from _labelled("Disk", wrapped(_disk(found.disk), width() - LABEL))
    yield from _alarms(found)
    if every_feed:
        yield from _every_feed(found)
    else:
        yield from _trouble(found)
    yield from _refused(found)
    yield from _rounds(found)


def _alarms(found: "Status") -> Iterator[str]:
    """Those about feeds stand below, feed by feed."""
    shown = [one for one in found.alarms if not one.kind.startswith("feed_")]
    for number, one in enumerate(shown):
        head = "Alarms" if number == 0 else ""
        yield f"{head:<{LABEL}}{one.kind} for {span(found.now - one.raised_at)}: {one.subject}, {one.detail}"


def _labelled(label: str, lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield f"{'' if number else label:<{LABEL}}{line}"


def _feed_sums(found: "Status", feed_list: Path) -> Iterator[str]:
    if not found.feeds:
        yield f"none in {feed_list}"
        yield "add one with: sitrep feeds add https://example.org"
        return
    counts: Counter[str] = Counter(feed.state for feed in found.feeds)
    states = [state for state in ORDER if counts[state]]
    sums = [f"{counts[state]:,} {_said(state)}" for state in states] if len(states) > 1 else [_said(states[0])]
    yield from wrapped([f"{some(len(found.feeds), 'feed')}: {sums[0]}", *sums[1:]], width() - LABEL)
    if next_poll := _next_poll(found.feeds, found.now):
        yield next_poll
    if found.unlisted:
        yield f"{some(found.unlisted, 'feed')} polled earlier, not in the list any more"


def _said(state: str) -> str:
    return "never asked" if state == "never" else state


def _next_poll(feeds: Sequence["FeedOverview"], now: datetime) -> str | None:
    """How many a round would ask now, or when the next one is due."""
    due = [feed.next_due_at or now for feed in feeds if feed.state != "disabled"]
    if not due:
        return None
    ready = sum(moment <= now for moment in due)
    return f"{ready:,} due now" if ready else f"next poll {away(min(due), now)}"


def _backlog(backlog: "Backlog", now: datetime) -> Iterator[str]:
    if backlog.pending:
        yield f"{some(backlog.pending, 'entry', 'entries')} to be tried again, {_when(backlog, now)}"
    if backlog.waiting:
        since = f", the first for {span(now - backlog.waiting_since)}" if backlog.waiting_since else ""
        yield f"{some(backlog.waiting, 'story', 'stories')} not yet in the index{since} (sitrep deliver)"
    if backlog.dead:
        yield f"{some(backlog.dead, 'story', 'stories')} refused by the index for good"
    if not (backlog.pending or backlog.waiting or backlog.dead):
        yield "nothing waits"


def _when(backlog: "Backlog", now: datetime) -> str:
    if backlog.pending_due:
        return f"{backlog.pending_due:,} of them now"
    return f"the next {away(backlog.next_retry_at, now)}"


def _last_round(runs: Sequence["PastRun"], now: datetime) -> str:
    if not runs:
        return "none yet; start one with: sitrep ingest"
    last = runs[0]
    if last.report is None:
        return f"the last one began {ago(last.started_at, now)} and has not ended: it runs, or broke off"
    entries = last.report["entries"]
    balanced = "balanced" if last.report["balanced"] else "NOT BALANCED (sitrep audit)"
    news = f"{entries['created']:,} new, {entries['updated']:,} updated"
    return f"last {ago(last.ended_at, now)}, took {last.seconds:.0f} s, {balanced}, {news}"


def _disk(disk: "DiskUse") -> Iterator[str]:
    for name in ("ledger", "archive", "index"):
        count = getattr(disk, name)
        yield f"{name} " + ("elsewhere" if count is None else size(count) if count else "empty")
    if disk.free is not None:
        yield f"{size(disk.free)} free"


def _trouble(found: "Status") -> Iterator[str]:
    for state in ("failing", "gone", "silent"):
        feeds = [feed for feed in found.feeds if feed.state == state]
        if feeds:
            yield ""
            yield f"{state.capitalize()}: {some(len(feeds), 'feed')}{_reasons(feeds)}"
            yield from _shown(sorted(feeds, key=_worst_first), found.now)


def _reasons(feeds: Sequence["FeedOverview"]) -> str:
    """Which kinds of problems, the most frequent first; a list of fifty failing feeds mostly has one cause."""
    kinds = Counter(feed.last_problem.partition(":")[0] for feed in feeds if feed.last_problem)
    if len(feeds) == 1 or not kinds:
        return ""
    return " (" + ", ".join(f"{kind} {count}" for kind, count in kinds.most_common(4)) + ")"


def _worst_first(feed: "FeedOverview") -> tuple[float, str]:
    silent = feed.silent_for.total_seconds() if feed.silent_for else 0.0
    return -max(silent, feed.failures), feed.id


def _shown(feeds: Sequence["FeedOverview"], now: datetime) -> Iterator[str]:
    for feed in feeds[:SHOWN_FEEDS]:
        yield f"  {feed.id}: {_condition(feed, now)}"
        if feed.last_problem:
            yield f"      {feed.last_problem}"
    if len(feeds) > SHOWN_FEEDS:
        yield f"  … and {len(feeds) - SHOWN_FEEDS:,} more (sitrep status --all)"


def _condition(feed: "FeedOverview", now: datetime) -> str:
    if feed.state == "silent" and feed.silent_for:
        return f"nothing new for {span(feed.silent_for)}, next poll {away(feed.next_due_at, now)}"
    answered = f"last answer {ago(feed.last_success_at, now)}" if feed.last_success_at else "no answer yet"
    return f"next try {away(feed.next_due_at, now)}, {some(feed.failures, 'failure')} in a row, {answered}"


def _every_feed(found: "Status") -> Iterator[str]:
    if not found.feeds:
        return
    longest = min(max(len(feed.id) for feed in found.feeds), width() - 40)
    yield ""
    yield f"{'Feed':<{longest}}  {'state':<8}  {'next poll':<9}  last new entry"
    for feed in sorted(found.feeds, key=lambda feed: (ORDER.index(feed.state), feed.id)):
        poll = "-" if feed.state == "disabled" else away(feed.next_due_at, found.now)
        news = ago(feed.last_new_at, found.now) if feed.last_new_at else "-"
        yield f"{feed.id[:longest]:<{longest}}  {feed.state:<8}  {poll:<9}  {news}"
        if feed.last_problem:
            yield f"      {feed.last_problem}"
        if feed.repeats_guids:
            yield "      repeats guids: its entries are told apart by their links"


def _refused(found: "Status") -> Iterator[str]:
    if not found.dead_letters:
        return
    yield ""
    yield f"Refused by the index: {some(found.backlog.dead, 'story', 'stories')} (sitrep explain URL)"
    for url, reason in found.dead_letters:
        yield f"  {url}"
        yield f"      {reason}"


def _rounds(found: "Status") -> Iterator[str]:
    if len(found.runs) < 2:
        return
    yield ""
    yield (
        f"{'Last rounds':<16}  {'took':>6}  {'feeds':>9}  {'seen':>6}  {'new':>5}  {'updated':>7}  {'problems':>8}"
        "  balanced"
    )
    for run in found.runs[:SHOWN_RUNS]:
        yield _round(run)


def _round(run: "PastRun") -> str:
    when = f"{run.started_at:%Y-%m-%d %H:%M}"
    if run.report is None:
        return f"{when}  not ended"
    feeds, entries = run.report["feeds"], run.report["entries"]
    answered = f"{feeds['due'] - feeds['failed']:,} of {feeds['due']:,}"
    sums = f"{entries['seen']:>6,}  {entries['created']:>5,}  {entries['updated']:>7,}"
    balanced = "yes" if run.report["balanced"] else "NO"
    return f"{when}  {run.seconds:>4.0f} s  {answered:>9}  {sums}  {len(run.report['problems']):>8,}  {balanced}"
