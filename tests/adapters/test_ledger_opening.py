"""Opening the ledger on a real SQLite file and a real PostgreSQL: migrations, and every way in which it can fail."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from pipeline.adapters.ledger import feeds
from pipeline.adapters.ledger.database import MIGRATIONS, Ledger
from pipeline.adapters.ledger.schema import VERSION, metadata, robots
from pipeline.errors import CannotRun, ConfigError, LedgerTooNew, ServerUnreachable
from pipeline.model import RobotsFile

NOW = datetime(2024, 10, 21, 12, tzinfo=UTC)


def test_the_migrations_build_exactly_the_tables_of_the_program(ledger: Ledger) -> None:
    with ledger.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_newest_migration_is_the_version_the_program_expects() -> None:
    script = ScriptDirectory(str(MIGRATIONS))
    assert script.get_heads() == [VERSION]


def test_a_ledger_of_the_first_version_is_upgraded_with_what_it_holds(ledger_url: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = create_engine(ledger_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
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


def test_two_processes_may_create_the_same_ledger_at_once(ledger_url: str) -> None:
    program = f"from pipeline.adapters.ledger.database import Ledger; Ledger({ledger_url!r})"
    children = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(3)]
    assert [child.wait(60) for child in children] == [0, 0, 0]


def test_a_postgresql_that_does_not_answer_is_named_without_its_password() -> None:
    with pytest.raises(ServerUnreachable) as raised:
        Ledger("postgresql://user:secret@127.0.0.1:9/ledger")
    assert ("127.0.0.1:9" in str(raised.value), "secret" in str(raised.value)) == (True, False)
