"""A ledger to look at: what is not there is not made, and a full disk does not keep it shut."""

import sqlite3
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from pipeline.adapters.ledger.database import Ledger, engine_for
from pipeline.adapters.ledger.schema import VERSION


def open_view(location: str) -> Ledger | None:
    """The ledger at the SQLAlchemy URL for reading, ``None`` where there is none yet.

    One of another version goes the usual way: brought up to date, or refused as too new. Raises what ``Ledger`` does.
    """
    file = _sqlite_file(location)
    if file is not None and not file.is_file():
        return None
    view = _LedgerView(location, file)
    if view.version == VERSION:
        return view
    view.close()
    return Ledger(location) if view.version else None


class _LedgerView(Ledger):
    """Neither creates nor migrates. ``version`` is that of the tables, ``None`` if there are none."""

    def __init__(self, location: str, file: Path | None) -> None:
        self._engine = engine_for(location) if file is None else _file_engine(location, file)
        self._is_sqlite = file is not None
        with self.read() as connection:
            has_tables = inspect(connection).has_table("alembic_version")
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar() if has_tables else None
        self.version: str | None = found


def _sqlite_file(location: str) -> Path | None:
    try:
        url = make_url(location)
    except ArgumentError:
        return None
    return Path(url.database or "").absolute() if url.get_backend_name() == "sqlite" else None


def _file_engine(location: str, file: Path) -> Engine:
    # mode=rw, not ro: the last reader then takes the files beside a WAL database away again.
    address = f"file:{quote(str(file))}?mode=rw"
    engine = create_engine(location, creator=lambda: sqlite3.connect(address, uri=True, timeout=30))
    event.listen(engine, "begin", _only_read)
    return engine


def _only_read(connection: Connection) -> None:
    connection.exec_driver_sql("PRAGMA query_only=ON")
