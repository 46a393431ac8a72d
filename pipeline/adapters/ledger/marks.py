"""Small things to remember from one piece of work to the next, such as what a crash may have left half done."""

from typing import Any

from sqlalchemy import Connection, delete, select

from pipeline.adapters.ledger.schema import marks
from pipeline.adapters.ledger.upsert import upsert

REBUILD = "rebuild"
"""``{"index": name}``: what the ledger says has to be compared with this index once it serves."""

COURSE = "course"
"""``stages.course.Course``, field by field."""


def put(connection: Connection, name: str, value: dict[str, Any]) -> None:
    upsert(connection, marks, [{"name": name, "value": value}])


def found(connection: Connection, name: str) -> dict[str, Any] | None:
    value: dict[str, Any] | None = connection.execute(select(marks.c.value).where(marks.c.name == name)).scalar()
    return value


def clear(connection: Connection, name: str, value: dict[str, Any]) -> None:
    """Take the mark away, unless it has another value by now."""
    if found(connection, name) == value:
        connection.execute(delete(marks).where(marks.c.name == name))
