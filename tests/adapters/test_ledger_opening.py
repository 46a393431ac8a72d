"""Opening the ledger on a real SQLite file and a real PostgreSQL: migrations, and every way in which it can fail."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, inspect, text

from pipeline.adapters.ledger import feeds
from pipeline.adapters.ledger.database import MIGRATIONS, Ledger
from pipeline.adapters.ledger.schema import VERSION, metadata, robots
from pipeline.errors import CannotRun, ConfigError, LedgerTooNew, ServerUnreachable
from pipeline.model import RobotsFile
from tests.support.databases import database

NOW = datetime(2024, 10, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_new_ledger_has_exactly_the_tables_that_migrations_build(kind: str, tmp_path: Path) -> None:
    (tmp_path / "migrated").mkdir()
    with database(kind, tmp_path) as url, Ledger(url) as ledger, ledger.read() as connection:
        new = _facts(connection)
    with database(kind, tmp_path / "migrated") as url:
        _migrated_to(url, "head").dispose()
        with Ledger(url) as ledger, ledger.read() as connection:
            migrated = _facts(connection)
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    assert len(new) > 15
    assert new == migrated


def _facts(connection: Connection) -> dict[str, object]:
    """All that the database knows of its tables but for the order of columns."""
    look = inspect(connection)
    facts: dict[str, object] = {}
    for table in look.get_table_names():
        columns = [{**column, "type": repr(column["type"])} for column in look.get_columns(table)]
        lists = [
            columns,
            look.get_indexes(table),
            look.get_unique_constraints(table),
            look.get_foreign_keys(table),
            look.get_check_constraints(table),
        ]
        facts[table] = (
            [sorted(map(repr, found)) for found in lists],
            look.get_pk_constraint(table),
            look.get_table_options(table),
        )
    if connection.dialect.name == "sqlite":
        rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'"))
        facts["counted on"] = sorted(name for name, _ in rows)
    facts["version"] = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    return facts


def _migrated_to(url: str, version: str) -> Engine:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)
    return engine


def test_the_newest_migration_is_the_version_the_program_expects() -> None:
    script = ScriptDirectory(str(MIGRATIONS))
    assert script.get_heads() == [VERSION]


def test_a_ledger_of_the_first_version_is_upgraded_with_what_it_holds(ledger_url: str) -> None:
    engine = _migrated_to(ledger_url, "0001")
    with engine.begin() as connection:
        values = {"origin": "https://example.org", "at": NOW, "status": 404, "body": b""}
        connection.execute(robots.insert().values(values))
    engine.dispose()
    with Ledger(ledger_url) as upgraded, upgraded.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert feeds.robots_file(connection, "https://example.org") == RobotsFile("https://example.org", NOW, 404, b"")


def test_a_ledger_of_a_newer_program_is_refused_and_left_alone(ledger_url: str) -> None:
    with Ledger(ledger_url) as ledger, ledger.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for _ in range(2):
        with pytest.raises(LedgerTooNew, match="9999"):
            Ledger(ledger_url)


@pytest.mark.parametrize("url", ["mysql://localhost/x", "not a url", "sqlite+nothing:///x"])
def test_an_unusable_url_is_a_configuration_error_without_its_secrets(url: str) -> None:
    with pytest.raises(ConfigError, match="SITREP_DATABASE_URL"):
        Ledger(url)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(b"this is not a database file, whatever its name says" * 100)
    with pytest.raises(CannotRun, match=r"ledger\.sqlite is damaged"):
        Ledger(f"sqlite:///{path}")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CannotRun, match="SITREP_HOME"):
        Ledger(f"sqlite:///{tmp_path / 'file' / 'ledger.sqlite'}")


def test_a_new_ledger_is_made_without_loading_what_migrates(ledger_url: str) -> None:
    program = f"""if True:
        import sys
        from pipeline.adapters.ledger.database import Ledger
        Ledger({ledger_url!r}).close()
        print("alembic" in sys.modules)"""
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"


def test_two_processes_may_create_the_same_ledger_at_once(ledger_url: str) -> None:
    program = f"from pipeline.adapters.ledger.database import Ledger; Ledger({ledger_url!r})"
    children = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(3)]
    assert [child.wait(60) for child in children] == [0, 0, 0]


def test_a_postgresql_that_does_not_answer_is_named_without_its_password() -> None:
    with pytest.raises(ServerUnreachable) as raised:
        Ledger("postgresql://user:secret@127.0.0.1:9/ledger")
    assert ("127.0.0.1:9" in str(raised.value), "secret" in str(raised.value)) == (True, False)
