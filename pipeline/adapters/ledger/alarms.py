"""Incidents: each alarm from the round that raises it to the one that finds it over."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from pipeline.adapters.ledger.schema import alarms
from pipeline.adapters.ledger.upsert import upsert
from pipeline.stages.alarm import QUIET, Alarm


@dataclass(frozen=True, slots=True)
class Incident:
    """One alarm's life; ``cleared_at`` is missing while it lasts."""

    id: str
    kind: str
    subject: str
    detail: str
    since: datetime | None
    raised_at: datetime
    cleared_at: datetime | None = None


def bring_up_to_date(
    connection: Connection, current: Iterable[Alarm], kinds: Sequence[str], now: datetime
) -> tuple[list[Incident], list[Incident]]:
    """Let ``current`` be all that holds of these kinds; returns what is raised by that, and what is over.

    Trouble of one kind with one subject is one incident as long as it lasts, whatever it says of itself meanwhile.
    """
    before = {(row.kind, row.subject): row for row in open_incidents(connection) if row.kind in kinds}
    raised: list[Incident] = []
    lasting: set[tuple[str, str]] = set()
    for alarm in current:
        key = (alarm.kind, alarm.subject)
        if key in lasting:
            continue
        lasting.add(key)
        if key in before:
            same = alarms.c.id == before[key].id
            connection.execute(update(alarms).where(same).values(detail=alarm.detail, since=alarm.since))
        else:
            raised.append(Incident(alarm.id, alarm.kind, alarm.subject, alarm.detail, alarm.since, now))
    rows = [{name: getattr(one, name) for name in Incident.__slots__} | {"told": one.kind in QUIET} for one in raised]
    upsert(connection, alarms, rows)
    over = [row for key, row in before.items() if key not in lasting]
    for one in over:
        told = {"cleared_at": now, "told": one.kind in QUIET}
        connection.execute(update(alarms).where(alarms.c.id == one.id).values(told))
    return raised, over


def open_incidents(connection: Connection) -> list[Incident]:
    """What lasts, the longest first."""
    return _read(connection, alarms.c.cleared_at.is_(None))


def untold(connection: Connection) -> list[Incident]:
    """What the webhook has not heard of, raised or over, the oldest first."""
    return _read(connection, alarms.c.told.is_(False))


def told(connection: Connection, incidents: Sequence[Incident]) -> None:
    """The webhook has taken these, unless they have changed since they were read."""
    for one in incidents:
        ended = alarms.c.cleared_at.is_(None) if one.cleared_at is None else alarms.c.cleared_at == one.cleared_at
        connection.execute(update(alarms).where(alarms.c.id == one.id, ended).values(told=True))


def news_for(connection: Connection, heard: Mapping[str, str]) -> tuple[list[Incident], dict[str, str]]:
    """What is news to somebody who knows of these incidents (id → when raised), and what he knows of after that.

    As to the webhook, quiet kinds are told to nobody.
    """
    lasting = [one for one in open_incidents(connection) if one.kind not in QUIET]
    known = _read(connection, alarms.c.id.in_(list(heard)))
    over = [one for one in known if one.cleared_at is not None and one.raised_at.isoformat() == heard[one.id]]
    raised = [one for one in lasting if heard.get(one.id) != one.raised_at.isoformat()]
    return [*over, *raised], {one.id: one.raised_at.isoformat() for one in lasting}


def _read(connection: Connection, wanted) -> list[Incident]:  # type: ignore[no-untyped-def]
    columns = [alarms.c[name] for name in Incident.__slots__]
    rows = connection.execute(select(*columns).where(wanted).order_by(alarms.c.raised_at, alarms.c.id))
    return [Incident(*row) for row in rows]
