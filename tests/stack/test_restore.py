"""The recipes of docs/operations.md: lose everything but the backup, restore it, and the audit is clean."""

import shlex
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from pipeline.flows import round as flow
from pipeline.flows.audit import audit
from pipeline.flows.reindex import reindex
from pipeline.settings import CHECKOUT, Settings
from tests.conftest import Request
from tests.stack.postgres_programs import postgres_programs
from tests.stack.secured_node import SecuredNode
from tests.support.databases import postgres_database
from tests.support.rounds import collect_at, settings_of
from tests.support.site import Site, item, open_site, page, rss, words

OPERATIONS = (CHECKOUT / "docs" / "operations.md").read_text(encoding="utf-8")
IN_POSTGRES = "docker compose exec -T postgres "
BEFORE, AFTER = 3, 5


@pytest.fixture
def site() -> Iterator[Site]:
    with open_site() as opened:
        publish(opened, BEFORE)
        yield opened


def publish(site: Site, count: int) -> None:
    for number in range(1, count + 1):
        site.replies[f"/story/{number}"] = page(f"Story {number}", words(number), words(number + 100))
    links = [item(f"{site.url}/story/{n}", f"Story {n}", summary=f"Summary {n}.") for n in range(1, count + 1)]
    site.replies["/feed"] = rss(site, *links)


def watch(settings: Settings, hours: float = 0) -> None:
    """One round, delivered."""
    collect_at(settings, hours)
    assert flow.deliver_backlog(settings).waiting == 0


def silent(_message: str) -> None:
    """Nobody listens."""


def stories(settings: Settings) -> int:
    found = audit(settings, silent)
    assert found.clean
    return found.stories


def lose_index(elasticsearch: Request, prefix: str) -> None:
    for index in elasticsearch("GET", f"/{prefix}*?expand_wildcards=all"):
        elasticsearch("DELETE", f"/{index}")


def in_the_recipe(program: str) -> list[str]:
    """The arguments of a program of PostgreSQL as the recipe has them."""
    (line,) = (line for line in OPERATIONS.splitlines() if line.startswith(f"{IN_POSTGRES}{program} "))
    return shlex.split(line.removeprefix(IN_POSTGRES).split(" > ")[0].split(" < ")[0])


@pytest.fixture
def watched(site: Site, tmp_path: Path, elasticsearch_url: str, prefix: str) -> Settings:
    """After one round; the ledger is a SQLite file."""
    home = tmp_path / "home"
    settings = settings_of(home, [f"{site.url}/feed"], elasticsearch_url=elasticsearch_url, index=prefix)
    watch(settings)
    return settings


def back_up(settings: Settings, target: Path) -> None:
    """As the recipe does it."""
    assert "VACUUM INTO" in OPERATIONS
    with closing(sqlite3.connect(settings.home / "ledger.sqlite")) as ledger:
        ledger.execute("VACUUM INTO ?", (str(target),))


def test_all_but_the_backup_is_lost_and_comes_back(
    watched: Settings, site: Site, tmp_path: Path, prefix: str, elasticsearch: Request
) -> None:
    back_up(watched, tmp_path / "backup.sqlite")
    feeds = watched.feeds.read_bytes()
    shutil.rmtree(watched.home)
    lose_index(elasticsearch, prefix)

    watched.home.mkdir()
    watched.feeds.write_bytes(feeds)
    shutil.copy(tmp_path / "backup.sqlite", watched.home / "ledger.sqlite")
    assert reindex(watched, silent).documents == BEFORE
    assert stories(watched) == BEFORE
    # The backup remembers what it has seen: the same document brings nothing new, a longer one the rest.
    publish(site, AFTER)
    watch(watched, hours=1)
    assert stories(watched) == AFTER


def test_a_backup_is_whole_though_a_round_writes_meanwhile(watched: Settings, tmp_path: Path) -> None:
    with closing(sqlite3.connect(watched.home / "ledger.sqlite", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM outbox")
        writer.execute("DELETE FROM stories")
        back_up(watched, tmp_path / "backup.sqlite")
        writer.execute("ROLLBACK")
    with closing(sqlite3.connect(tmp_path / "backup.sqlite")) as copy:
        assert copy.execute("SELECT count(*) FROM stories").fetchone() == (BEFORE,)
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_an_index_that_is_ahead_of_the_backup_is_brought_back_in_step(
    watched: Settings, site: Site, tmp_path: Path
) -> None:
    back_up(watched, tmp_path / "backup.sqlite")
    publish(site, AFTER)
    watch(watched, hours=1)
    for part in ("", "-wal", "-shm"):
        (watched.home / f"ledger.sqlite{part}").unlink(missing_ok=True)
    shutil.copy(tmp_path / "backup.sqlite", watched.home / "ledger.sqlite")
    assert len(audit(watched, silent).extra) == AFTER - BEFORE

    audit(watched, silent, repair=True)
    assert stories(watched) == BEFORE
    watch(watched, hours=2)
    assert stories(watched) == AFTER


def test_the_dump_of_the_stacks_ledger_comes_back(
    site: Site, tmp_path: Path, elasticsearch_url: str, prefix: str, elasticsearch: Request
) -> None:
    feeds = [f"{site.url}/feed"]
    with postgres_database() as url, postgres_database() as fresh:
        settings = settings_of(
            tmp_path / "old", feeds, elasticsearch_url=elasticsearch_url, index=prefix, database_url=url
        )
        watch(settings)
        dump = run_in_postgres(in_the_recipe("pg_dump"), url, b"")
        lose_index(elasticsearch, prefix)

        restored = settings_of(
            tmp_path / "new", feeds, elasticsearch_url=elasticsearch_url, index=prefix, database_url=fresh
        )
        run_in_postgres(in_the_recipe("pg_restore"), fresh, dump)
        assert reindex(restored, silent).documents == BEFORE
        assert stories(restored) == BEFORE


def run_in_postgres(command: list[str], url: str, data: bytes) -> bytes:
    """The recipe's command, for this database and user in the place of the stack's."""
    database = make_url(url)
    assert database.database is not None
    stand_for = {"sitrep": database.database, "postgres": str(database.username)}
    program, *arguments = [stand_for.get(word, word) for word in command]
    place: Any = {"PGHOST": database.query.get("host") or database.host, "PGPORT": str(database.port or 5432)}
    if database.password:
        place["PGPASSWORD"] = str(database.password)
    given = [word.replace("role=sitrep", f"role={database.username}") for word in arguments]
    done = subprocess.run(
        [postgres_programs() / program, *given], env=place, input=data, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def test_a_snapshot_of_the_index_comes_back(secured: SecuredNode) -> None:
    repository = {"type": "fs", "settings": {"location": str(secured.snapshots)}}
    assert '{"type": "fs", "settings": {"location": "/usr/share/elasticsearch/snapshots"}}' in OPERATIONS
    index = "kept-v1"
    asked = [
        ("PUT", "/_snapshot/backup", repository),
        ("PUT", f"/{index}/_doc/1?refresh=true", {"title": "kept"}),
        ("PUT", "/_snapshot/backup/one?wait_for_completion=true", {"indices": "kept*", "include_global_state": False}),
        ("DELETE", f"/{index}", None),
        ("POST", "/_snapshot/backup/one/_restore?wait_for_completion=true", {"indices": "kept*"}),
    ]
    assert secured.ask("root", "PUT", f"/{index}", {"settings": {"number_of_replicas": 0}})[0] == 200
    for method, path, body in asked:
        status, answer = secured.ask("root", method, path, body)
        assert status < 300, answer
    assert secured.ask("root", "GET", f"/{index}/_doc/1")[1]["_source"] == {"title": "kept"}
