"""A ledger to look at: what is not there is not made, and a full disk does not keep it shut."""

import sqlite3
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from pipeline.adapters.ledger.database import Ledger
from pipeline.adapters.ledger.schema import VERSION
from pipeline.errors import ConfigError


def open_view(location: str) -> Ledger | None:
    """The ledger at the SQLAlchemy URL for reading, ``None`` where there is none yet.

    One of another version goes the usual way: brought up to date, or refused as too new. Raises what ``Ledger`` does.
    """
    url = _url(location)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        return None
    view = _LedgerView(url)
    if view.version == VERSION:
        return view
    view.close()
    return Ledger(location) if view.version else None


class _LedgerView(Ledger):
    """Neither creates nor migrates. ``version`` is that of the tables, ``None`` if there are none."""

    def __init__(self, url: URL) -> None:
        self._engine = _engine(url)
        self._is_sqlite = self._engine.dialect.name == "sqlite"
        with self.read() as connection:
            has_tables = inspect(connection).has_table("alembic_version")
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar() if has_tables else None
        self.version: str | None = found


def _url(location: str) -> URL:
    try:
        url = make_url(location)
        url.get_dialect().import_dbapi()
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError):
        raise ConfigError(["SITREP_DATABASE_URL: not a database URL that this installation can open"]) from None
    return url


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url)
    # mode=rw, not ro: the last reader then takes the files beside a WAL database away again.
    location = f"file:{quote(str(Path(url.database or '').absolute()))}?mode=rw"
    engine = create_engine(url, creator=lambda: sqlite3.connect(location, uri=True, timeout=30))
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("PRAGMA query_only=ON")
