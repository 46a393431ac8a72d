"""Opening the ledger: engine, transactions, migrations, and every way in which that can fail."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    create_engine,
    event,
    inspect,
    select,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError

from pipeline.adapters.ledger.schema import VERSION, metadata
from pipeline.errors import CannotRun, ConfigError, LedgerTooNew, ServerUnreachable

__all__ = ["Connection", "Ledger"]

MIGRATIONS = Path(__file__).with_name("migrations")
MIN_FREE_BYTES = 20_000_000
OTHER_HOME = "set SITREP_HOME to a folder you may write"
WRITERS = 0x5173E9
"""The advisory lock that PostgreSQL's writers take in turn; any number that is always the same."""
_versions = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
"""As Alembic makes it, with one row."""


class Ledger:
    """One database with all tables at the newest version. Use ``write`` and ``read`` for every access."""

    def __init__(self, url: str) -> None:
        """Open (and create or migrate) the ledger at the SQLAlchemy ``url``.

        Raises ``ConfigError`` for an unusable URL, ``CannotRun`` for a read-only, full or damaged file,
        ``LedgerTooNew`` when a newer program wrote it, ``ServerUnreachable`` when PostgreSQL does not answer.
        """
        self._engine = engine_for(url)
        self._is_sqlite = self._engine.dialect.name == "sqlite"
        with self._explained():
            _migrate(self._engine)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that writes: all or nothing, one at a time (SQLite: BEGIN IMMEDIATE, else an advisory lock)."""
        with self._explained(), self._engine.connect() as connection, connection.begin():
            _take_turn(connection)
            yield connection

    @contextmanager
    def brief(self) -> Iterator[Connection]:
        """A transaction on leases and host slots alone: does not wait for the writers of PostgreSQL to take turns."""
        with self._explained(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading; never blocks a writer."""
        with self._explained(), self._engine.connect().execution_options(reading=True) as connection:
            yield connection

    @property
    def is_shared(self) -> bool:
        """May other machines work with it too?"""
        return not self._is_sqlite

    def close(self) -> None:
        self._engine.dispose()

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OperationalError as error:
            raise self._reason(error) from None
        except DatabaseError as error:
            if "malformed" in str(error.orig) or "not a database" in str(error.orig):
                message = f"the ledger {self._where} is damaged ({error.orig}); restore it from a backup"
                raise CannotRun(message) from None
            raise

    def _reason(self, error: OperationalError) -> CannotRun:
        reason = str(error.orig).strip().splitlines()[0]
        if not self._is_sqlite:
            return ServerUnreachable(f"the ledger's database {self._where} does not answer: {reason}")
        if "readonly" in reason or "unable to open" in reason:
            return CannotRun(f"cannot write the ledger {self._where} ({reason}); {OTHER_HOME}")
        if "full" in reason:
            return CannotRun(f"no space left for the ledger {self._where}; free some, nothing stored is lost")
        return CannotRun(f"the ledger {self._where}: {reason}")

    @property
    def _where(self) -> str:
        return self._engine.url.render_as_string(hide_password=True).removeprefix("sqlite:///")


def engine_for(location: str) -> Engine:
    """The engine for a SQLAlchemy URL; a file's folder is made. Raises ``ConfigError`` where it cannot be used."""
    try:
        url = make_url(location)
        if url.get_backend_name() not in ("sqlite", "postgresql"):
            raise ConfigError(["SITREP_DATABASE_URL: wants a SQLite or PostgreSQL URL"])
        if url.get_backend_name() == "postgresql":
            driver = "postgresql+psycopg" if url.drivername == "postgresql" else url.drivername
            return create_engine(url.set(drivername=driver), pool_pre_ping=True)
        _prepare_folder(Path(url.database or ""))
        engine = create_engine(url, connect_args={"timeout": 30})
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError):
        raise ConfigError(["SITREP_DATABASE_URL: not a database URL that this installation can open"]) from None
    event.listen(engine, "connect", _tune)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare_folder(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotRun(f"cannot make {file.parent} ({error.strerror}); {OTHER_HOME}") from None
    if shutil.disk_usage(file.parent).free < MIN_FREE_BYTES:
        raise CannotRun(f"less than {MIN_FREE_BYTES // 1_000_000} MB free at {file.parent}; free some disk space first")


def _tune(connection, _record) -> None:  # type: ignore[no-untyped-def]
    # The driver's own transaction handling delays BEGIN; ours must be the first statement.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    # In WAL a read that turns into a write while another writes fails at once, whatever the time-out,
    # so a writing transaction takes the write lock with its first statement.
    connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get("reading") else "BEGIN IMMEDIATE")


def _take_turn(connection: Connection) -> None:
    """What a writer has read stays true until it commits, whatever the database: copies are folded on that promise."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITERS})


def _migrate(engine: Engine) -> None:
    found = _found_version(engine)
    if found is None:
        _create(engine)
    elif found != VERSION:
        _upgrade(engine, found)


def _create(engine: Engine) -> None:
    """All tables at the newest version, unless another process was first.

    A new ledger has nothing to migrate, and Alembic takes a quarter of a second and 10 MB.
    """
    with engine.begin() as connection:
        _take_turn(connection)
        if not inspect(connection).has_table(_versions.name):
            metadata.create_all(connection, checkfirst=False)
            _versions.create(connection)
            connection.execute(_versions.insert().values(version_num=VERSION))


def _upgrade(engine: Engine, found: str) -> None:
    # Imported here because a ledger that is up to date, the usual case, needs none of it.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found not in known:
        raise LedgerTooNew(f"a newer Sitrep wrote the ledger (its version {found}, ours {VERSION}); update Sitrep")
    with engine.begin() as connection:
        _take_turn(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _found_version(engine: Engine) -> str | None:
    """None where the database holds no ledger."""
    with engine.connect().execution_options(reading=True) as connection:
        if not inspect(connection).has_table(_versions.name):
            return None
        return str(connection.execute(select(_versions.c.version_num)).scalar_one())
