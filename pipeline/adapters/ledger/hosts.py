"""Hosts that have asked to be left alone for a while, whatever feed or page the request was for."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, select

from pipeline.adapters.ledger.schema import hosts
from pipeline.adapters.ledger.upsert import upsert


def resting(connection: Connection, now: datetime) -> dict[str, datetime]:
    """The hosts that are not to be asked at ``now``, and until when."""
    rows = connection.execute(select(hosts).where(hosts.c.rests_until > now))
    return {row.host: row.rests_until for row in rows}


def save_resting(connection: Connection, rests: Mapping[str, datetime], now: datetime) -> None:
    """Remember these, and forget those whose time is over."""
    connection.execute(delete(hosts).where(hosts.c.rests_until <= now))
    upsert(connection, hosts, [{"host": host, "rests_until": until} for host, until in rests.items() if until > now])
