"""What the ledger can tell of one round beyond its report: for boards, read after the round."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from pipeline.adapters.ledger.runs import Run
from pipeline.adapters.ledger.schema import entries, fetches, outbox, stories, versions


@dataclass(frozen=True, slots=True)
class Poll:
    """The last request for a feed in a round. ``seen``: entries of its document, 0 where there was none to read."""

    at: datetime
    outcome: str
    status: int | None
    bytes: int
    milliseconds: int
    seen: int


@dataclass(frozen=True, slots=True)
class RoundFigures:
    """``removed``: lines by the rule that took them off. ``told_by_feed``: for each text that is a feed's own, the id
    of the feed. ``new``: entries never seen before, by feed.
    """

    removed: Mapping[str, int]
    told_by_feed: tuple[str, ...]
    pages_fetched: int
    pages_failed: int
    polls: Mapping[str, Poll]
    new: Mapping[str, int]


def round_figures(connection: Connection, run: Run) -> RoundFigures:
    """Count what the transactions of ``run`` wrote."""
    removed: Counter[str] = Counter()
    told_by_feed: list[str] = []
    rows = connection.execute(
        select(stories.c.sources, versions.c.content_source, versions.c.removed)
        .join(versions, versions.c.story_id == stories.c.id)
        .where(stories.c.revised_run == run.id, versions.c.at >= run.now)
    )
    for row in rows:
        removed.update(removal["rule"] for removal in row.removed)
        if row.content_source == "feed":
            told_by_feed.append(row.sources[0])
    fetched, failed = _pages(connection, run.id)
    return RoundFigures(
        removed, tuple(told_by_feed), fetched, failed, _polls(connection, run.id), _new(connection, run)
    )


def page_texts(connection: Connection, run: Run) -> tuple[int, int]:
    """How many pages the round fetched, and how many of these gave no text that is better than the feed's own."""
    of_run = (fetches.c.run_id == run.id) & (fetches.c.kind == "page")
    whole = connection.execute(select(func.count()).where(of_run, fetches.c.outcome == "fetched")).scalar_one()
    none = connection.execute(select(func.count()).where(of_run, fetches.c.outcome == "no_text")).scalar_one()
    fell_back = connection.execute(
        select(func.count())
        .select_from(versions.join(fetches, versions.c.fetch_id == fetches.c.id))
        .where(of_run, fetches.c.outcome == "fetched", versions.c.content_source == "feed")
    ).scalar_one()
    return whole + none, none + fell_back


def why_waiting(connection: Connection) -> str | None:
    """What the index last said of a story that waits for it, where it said anything."""
    said = outbox.c.dead.is_(False) & outbox.c.problem.is_not(None)
    return connection.execute(select(outbox.c.problem).where(said).order_by(outbox.c.queued_at).limit(1)).scalar()


def _pages(connection: Connection, run_id: str) -> tuple[int, int]:
    of_run = (fetches.c.run_id == run_id) & (fetches.c.kind == "page")
    rows = connection.execute(select(fetches.c.outcome, func.count()).where(of_run).group_by(fetches.c.outcome))
    counts = {row[0]: row[1] for row in rows}
    return counts.get("fetched", 0), sum(count for outcome, count in counts.items() if outcome != "fetched")


def _polls(connection: Connection, run_id: str) -> dict[str, Poll]:
    columns = [fetches.c[name] for name in Poll.__slots__]
    of_run = (fetches.c.run_id == run_id) & (fetches.c.kind == "feed")
    rows = connection.execute(select(fetches.c.feed_id, *columns).where(of_run).order_by(fetches.c.id))
    return {row[0]: Poll(*row[1:]) for row in rows}


def _new(connection: Connection, run: Run) -> dict[str, int]:
    of_run = (entries.c.sighted_run == run.id) & (entries.c.first_seen_at >= run.now)
    rows = connection.execute(select(entries.c.feed_id, func.count()).where(of_run).group_by(entries.c.feed_id))
    return {row[0]: row[1] for row in rows}
