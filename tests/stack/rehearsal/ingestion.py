"""What rounds have brought so far, as ledger, index and Airflow's database know it."""

from tests.stack.rehearsal.stack import Stack, until


def rounds(stack: Stack, after: str = "1970-01-01") -> int:
    """How many have succeeded by the schedule since."""
    asked = "SELECT count(*) FROM dag_run WHERE dag_id = 'ingest' AND run_type = 'scheduled' AND state = 'success'"
    return int(stack.sql(f"{asked} AND start_date > '{after}'", "airflow")[0])


def moment(stack: Stack) -> str:
    return stack.sql("SELECT now()")[0]


def story_ids(stack: Stack) -> set[str]:
    return set(stack.sql("SELECT id FROM stories"))


def assert_all_is_kept(stack: Stack, ids: set[str]) -> None:
    """Ledger and index hold exactly these stories, and every entry is accounted for."""
    assert story_ids(stack) == ids
    found = stack.command("audit")
    assert found["balanced"]
    assert (found["missing"], found["extra"], found["stale"]) == ([], [], [])
    assert found["documents"] == found["stories"] == len(ids)


def new_work(stack: Stack) -> None:
    """As on the first day: nothing known, nothing indexed, and the newsroom at its first hour."""
    before = rounds(stack)
    until(lambda: rounds(stack) > before, "a round that ended just now", 180)
    tables = stack.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'")
    stack.run("docker compose restart newsroom")
    stack.sql(f"TRUNCATE {','.join(tables)}")
    stack.run("docker compose run --rm setup reindex")


def is_done(stack: Stack, ids: set[str], since: str) -> bool:
    """A later round has ended well, and what the interrupted one had begun is all there."""
    if stack.unhealthy():
        return False
    waiting = stack.sql("SELECT count(*) FROM outbox")[0]
    return waiting == "0" and story_ids(stack) >= ids and rounds(stack, since) > 0


def is_settled(stack: Stack, ids: set[str], since: str) -> bool:
    """False also while the database is away."""
    try:
        return is_done(stack, ids, since)
    except AssertionError:
        return False
