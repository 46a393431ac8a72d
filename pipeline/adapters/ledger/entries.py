"""Entries: one row for each thing a feed ever listed, in exactly one state."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, case, func, or_, select, update

from pipeline.adapters.ledger.codec import entry_from_json, entry_to_json
from pipeline.adapters.ledger.schema import entries
from pipeline.model import Entry, EntryState, Outcome
from pipeline.stages.identify import canonical_url, story_id
from pipeline.stages.sight import Remembered, Sighting

CHUNK = 500

# Built once: building them costs more than running them, and each round does so for every entry.
_NEW = entries.insert()
_SETTLE = (
    update(entries)
    .where(entries.c.id == bindparam("settled"))
    .values(
        {
            f"{role}_outcome": case(
                (
                    entries.c[f"{role}_run"] == bindparam("by_run"),
                    bindparam("became", type_=entries.c[f"{role}_outcome"].type),
                ),
                else_=entries.c[f"{role}_outcome"],
            )
            for role in ("sighted", "tried")
        }
    )
)


@dataclass(frozen=True, slots=True)
class OpenEntry:
    """An entry that waits for work. ``attempts`` counts the tries that ended in temporary trouble."""

    id: int
    feed_id: str
    entry: Entry
    attempts: int
    story_id: str | None


@dataclass(frozen=True, slots=True)
class WaitingEntry:
    """An open entry before anybody works on it: its words stay in the ledger, however many wait."""

    id: int
    feed_id: str
    url: str | None


@dataclass(frozen=True, slots=True)
class SightedEntry:
    """One entry of a fetched document with what was decided about it."""

    key: str
    url: str | None
    entry: Entry
    digest: str
    sighting: Sighting
    reason: str | None
    known: Remembered | None


def remembered(connection: Connection, feed_id: str, keys: Sequence[str]) -> dict[str, Remembered]:
    """What is known of the feed's entries with these keys."""
    found: dict[str, Remembered] = {}
    for chunk in _chunks(keys):
        rows = connection.execute(
            select(entries.c.key, entries.c.id, entries.c.state, entries.c.digest, entries.c.retry_at).where(
                entries.c.feed_id == feed_id, entries.c.key.in_(chunk)
            )
        )
        found |= {row.key: Remembered(row.id, row.state, row.digest, row.retry_at) for row in rows}
    return found


def record(
    connection: Connection, feed_id: str, sighted: Sequence[SightedEntry], run_id: str, now: datetime
) -> list[OpenEntry]:
    """Write the sightings of one document; returns the entries that this round has to work on, in document order."""
    same = [item.known.id for item in sighted if item.known and not _changes(item)]
    for chunk in _chunks(same):
        connection.execute(update(entries).where(entries.c.id.in_(chunk)).values(last_seen_at=now))
    opened: list[OpenEntry] = []
    for item in sighted:
        if item.known is None:
            entry_id = _insert(connection, feed_id, item, run_id, now)
        elif _changes(item):
            entry_id = _renew(connection, item, run_id, now)
        else:
            continue
        if item.sighting.settled is None:
            opened.append(OpenEntry(entry_id, feed_id, item.entry, 0, None))
    known = {item.known.id for item in sighted if item.known is not None}
    return _with_progress(connection, opened, known & {entry.id for entry in opened})


def _changes(item: SightedEntry) -> bool:
    return item.sighting.settled is None or item.sighting.renewed


def _insert(connection: Connection, feed_id: str, item: SightedEntry, run_id: str, now: datetime) -> int:
    values = _statement(item) | {
        "feed_id": feed_id,
        "key": item.key,
        "first_seen_at": now,
        "last_seen_at": now,
        "attempts": 0,
        "retry_at": now if item.sighting.state == "pending" else None,
    }
    result = connection.execute(_NEW, values | _sighted(item, run_id))
    key: Any = result.inserted_primary_key
    return int(key[0])


def _renew(connection: Connection, item: SightedEntry, run_id: str, now: datetime) -> int:
    if item.known is None:
        raise ValueError("only a known entry can be renewed")
    values: dict[str, Any] = {"last_seen_at": now} | _sighted(item, run_id)
    if item.sighting.renewed:
        values |= _statement(item)
        if item.known.state != "pending":
            values |= {"attempts": 0, "retry_at": now if item.sighting.state == "pending" else None}
    connection.execute(update(entries).where(entries.c.id == item.known.id).values(values))
    return item.known.id


def _statement(item: SightedEntry) -> dict[str, Any]:
    canonical = canonical_url(item.url or "")
    return {
        "url": item.url,
        "url_id": story_id(canonical) if canonical else None,
        "item": entry_to_json(item.entry),
        "digest": item.digest,
        "state": item.sighting.state,
        "reason": item.reason,
    }


def _sighted(item: SightedEntry, run_id: str) -> dict[str, Any]:
    return {"sighted_run": run_id, "sighted_outcome": "pending"} if item.sighting.settled is None else {}


def _with_progress(connection: Connection, opened: list[OpenEntry], known: set[int]) -> list[OpenEntry]:
    """The opened entries, those ``known`` before with the attempts and story that the ledger holds of them."""
    found = {entry.id: entry for entry in _load(connection, sorted(known))}
    return [found.get(entry.id, entry) for entry in opened]


def claim_waiting(connection: Connection, run_id: str, now: datetime, feed_ids: Iterable[str]) -> list[WaitingEntry]:
    """The pending entries of these feeds whose time has come, marked as tried again by this run.

    Entries that this very run has sighted (it was interrupted and goes on) come too, but do not count as retried.
    """
    wanted = set(feed_ids)
    due = [
        (WaitingEntry(row.id, row.feed_id, row.url), row.sighted_run)
        for row in connection.execute(
            select(entries.c.id, entries.c.feed_id, entries.c.url, entries.c.sighted_run)
            .where(entries.c.state == "pending", or_(entries.c.retry_at.is_(None), entries.c.retry_at <= now))
            .order_by(entries.c.id)
        )
        if row.feed_id in wanted
    ]
    for chunk in _chunks([entry.id for entry, sighted_run in due if sighted_run != run_id]):
        connection.execute(
            update(entries).where(entries.c.id.in_(chunk)).values(tried_run=run_id, tried_outcome="pending")
        )
    return [entry for entry, _ in due]


def settle(
    connection: Connection,
    entry_id: int,
    run_id: str,
    *,
    state: EntryState,
    outcome: Outcome,
    reason: str | None = None,
    story: str | None = None,
    retry_at: datetime | None = None,
    attempts: int = 0,
) -> None:
    """Write what became of one entry in this round."""
    values: dict[str, Any] = {
        "settled": entry_id,
        "by_run": run_id,
        "became": outcome,
        "state": state,
        "reason": reason,
        "retry_at": retry_at,
        "attempts": attempts,
    }
    if story is not None:
        values["story_id"] = story
    connection.execute(_SETTLE, values)


def outcomes(connection: Connection, run_id: str) -> tuple[dict[str, int], dict[str, int]]:
    """Counts by outcome of the open sightings and of the entries tried again in one run."""
    sums: list[dict[str, int]] = []
    for role in ("sighted", "tried"):
        run, outcome = entries.c[f"{role}_run"], entries.c[f"{role}_outcome"]
        rows = connection.execute(select(outcome, func.count()).where(run == run_id).group_by(outcome))
        sums.append({row[0]: row[1] for row in rows})
    return sums[0], sums[1]


def states(connection: Connection) -> dict[str, int]:
    """How many entries are in each state."""
    rows = connection.execute(select(entries.c.state, func.count()).group_by(entries.c.state))
    return {row[0]: row[1] for row in rows}


def total(connection: Connection) -> int:
    """How many entries were ever seen."""
    return connection.execute(select(func.count()).select_from(entries)).scalar_one()


def broken_rows(connection: Connection) -> list[str]:
    """Entries whose row contradicts itself: stored without story, pending without time, given up without reason."""
    wrong = or_(
        (entries.c.state == "stored") & entries.c.story_id.is_(None),
        (entries.c.state == "pending") & entries.c.retry_at.is_(None),
        entries.c.state.in_(("rejected", "failed")) & entries.c.reason.is_(None),
        entries.c.state.not_in(("stored", "pending", "rejected", "failed")),
    )
    rows = connection.execute(select(entries.c.feed_id, entries.c.key, entries.c.state).where(wrong).limit(100))
    return [f"{row.feed_id} {row.key}: {row.state}" for row in rows]


def explained(connection: Connection, *, story: str | None, url_id: str | None) -> list[dict[str, Any]]:
    """The entries that lead to a story or whose own address has this id, oldest first, as plain mappings."""
    columns = [entries.c[name] for name in ("id", "feed_id", "key", "url", "state", "reason", "attempts")]
    times = [entries.c[name] for name in ("retry_at", "first_seen_at", "last_seen_at")]
    meant = or_(entries.c.story_id == story, entries.c.url_id == url_id)
    rows = connection.execute(select(*columns, *times).where(meant).order_by(entries.c.id))
    return [dict(row._mapping) for row in rows]


def load_open(connection: Connection, ids: Sequence[int]) -> list[OpenEntry]:
    """These entries as work."""
    return list(_load(connection, ids))


def _load(connection: Connection, ids: Sequence[int]) -> Iterator[OpenEntry]:
    for chunk in _chunks(ids):
        rows = connection.execute(select(entries).where(entries.c.id.in_(chunk)).order_by(entries.c.id))
        for row in rows:
            yield OpenEntry(row.id, row.feed_id, entry_from_json(row.item), row.attempts, row.story_id)


def _chunks(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))
