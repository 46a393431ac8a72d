"""The database's clock: the one clock that all workers of one ledger share, however wrong their own are."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Double, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class database_now(FunctionElement[float]):  # noqa: N801 (reads as the SQL function that it stands for)
    """Seconds since 1970, when the statement runs."""

    type = Double()
    inherit_cache = True


@compiles(database_now, "sqlite")  # type: ignore[no-untyped-call, untyped-decorator, unused-ignore]
def _sqlite(_element: Any, _compiler: Any, **_: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(database_now, "postgresql")  # type: ignore[no-untyped-call, untyped-decorator, unused-ignore]
def _postgresql(_element: Any, _compiler: Any, **_: Any) -> str:
    return "CAST(extract(epoch FROM clock_timestamp()) AS double precision)"


def database_time(connection: Connection) -> datetime:
    """What the database's clock shows."""
    return datetime.fromtimestamp(connection.execute(select(database_now())).scalar_one(), UTC)
