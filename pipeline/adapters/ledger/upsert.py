"""INSERT … ON CONFLICT in the dialect of the connection at hand."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import sqlite


def upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert ``rows``; where the primary key exists, overwrite the columns given."""
    if not rows:
        return
    connection.execute(_upserting(connection.dialect.name, table, tuple(rows[0])), list(rows))


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert those of ``rows`` whose primary key does not exist yet."""
    if rows:
        connection.execute(_inserting(connection.dialect.name, table), list(rows))


@cache
def _inserting(dialect: str, table: Table) -> Any:
    return _insert_into(dialect, table).on_conflict_do_nothing()


@cache
def _upserting(dialect: str, table: Table, names: tuple[str, ...]) -> Any:
    """Built once: that costs more than running it."""
    statement = _insert_into(dialect, table)
    keys = [column.name for column in table.primary_key]
    changes = {name: statement.excluded[name] for name in names if name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=changes)


def insert_into(connection: Connection, table: Table) -> Any:
    """An INSERT that has ON CONFLICT."""
    return _insert_into(connection.dialect.name, table)


def _insert_into(dialect: str, table: Table) -> Any:
    if dialect != "postgresql":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # with drivers that a ledger in a file never needs

    return postgresql.insert(table)
