"""What ``sitrep status`` knows: read from the ledger as rounds leave it, and never written by looking."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from pipeline.adapters.ledger import database, feeds, outbox, runs
from pipeline.adapters.ledger.database import Ledger
from pipeline.adapters.ledger.runs import Run
from pipeline.errors import CannotRun, ConfigError, LedgerTooNew
from pipeline.flows.status import Status, status
from pipeline.settings import Settings
from pipeline.stages.feed_state import FeedState
from tests.support.databases import postgres_database
from tests.support.rounds import NOON, collect_at, settings_of
from tests.support.site import Reply, Site, item, open_site, page, rss, words

HOUR = timedelta(hours=1)
URLS = [f"https://feeds.example.org/{number}" for number in range(1, 8)]


@pytest.fixture
def site() -> Iterator[Site]:
    with open_site() as opened:
        yield opened


def look(settings: Settings, hours: float = 1) -> Status:
    return status(settings, NOON + hours * HOUR)


def polled(number: int, **more: object) -> FeedState:
    """Feed ``number`` of the list as an uneventful round at noon leaves it."""
    plain = {"last_polled_at": NOON, "last_success_at": NOON, "last_new_at": NOON, "next_due_at": NOON + 2 * HOUR}
    return FeedState(**{"feed_id": f"feed-{number}", "url": URLS[number - 1], **plain, **more})


def remember(settings: Settings, *states: FeedState) -> None:
    with Ledger(settings.ledger_url) as ledger, ledger.write() as connection:
        for state in states:
            feeds.save_state(connection, state)


def open_run(settings: Settings, run_id: str, at: float) -> None:
    moment = NOON + at * HOUR
    with Ledger(settings.ledger_url) as ledger, ledger.write() as connection:
        runs.open_run(connection, Run(run_id, moment, True, moment, 1, 1, 0.0, 0))


def test_looking_where_nothing_is_makes_nothing(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "lists", URLS[:2]).model_copy(update={"home": tmp_path / "home"})
    found = look(settings)
    assert [(feed.id, feed.state, feed.next_due_at) for feed in found.feeds] == [
        ("feed-1", "never", None),
        ("feed-2", "never", None),
    ]
    assert (found.runs, found.backlog.pending, found.disk.ledger, found.disk.archive) == ((), 0, 0, 0)
    assert not (tmp_path / "home").exists()


def test_a_ledger_on_postgresql_is_looked_at_and_none_is_made(tmp_path: Path) -> None:
    with postgres_database() as url:
        settings = settings_of(tmp_path, URLS[:1], database_url=url)
        assert look(settings).feeds[0].state == "never"
        engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
        assert inspect(engine).get_table_names() == []
        engine.dispose()
        remember(settings, polled(1, failures=2, last_problem="http_status: 503"))
        open_run(settings, "run-1", at=0)
        found = look(settings)
    assert (found.feeds[0].state, found.feeds[0].failures) == ("failing", 2)
    assert [run.id for run in found.runs] == ["run-1"]
    assert (found.disk.ledger or 0) > 0


def test_looking_at_a_ledger_leaves_its_folder_as_it_was(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, URLS[:1])
    remember(settings, polled(1))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    look(settings)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_each_feed_has_the_state_that_the_ledger_says(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, URLS[:5])
    trouble = {"failures": 3, "last_problem": "http_status: 503", "next_due_at": NOON + 5 * HOUR}
    month = timedelta(days=30)
    remember(
        settings,
        polled(1),
        polled(2, **trouble),
        polled(3, last_new_at=NOON - 2 * month, usual_gap=timedelta(days=2)),
        polled(4, gone=True, failures=1, last_problem="gone: 410"),
    )
    found = look(settings).feeds
    assert [feed.state for feed in found] == ["ok", "failing", "silent", "gone", "never"]
    failing = found[1]
    assert (failing.failures, failing.last_problem) == (3, "http_status: 503")
    assert (failing.next_due_at, failing.last_success_at) == (NOON + 5 * HOUR, NOON)
    assert [feed.silent_for for feed in found] == [None, None, 2 * month + HOUR, None, None]


def test_a_disabled_feed_is_never_due(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, URLS[:1])
    settings.feeds.write_text(f"feeds: [{{id: feed-1, name: One, url: '{URLS[0]}', enabled: false}}]")
    remember(settings, polled(1))
    (feed,) = look(settings).feeds
    assert (feed.state, feed.next_due_at, feed.last_new_at) == ("disabled", None, NOON)


def test_a_feed_with_a_new_address_starts_anew(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, URLS[:1])
    remember(settings, polled(1, url="https://feeds.example.org/old", failures=9, last_problem="dns: gone"))
    (feed,) = look(settings).feeds
    assert (feed.state, feed.failures, feed.last_problem, feed.next_due_at) == ("never", 0, None, None)


def test_feeds_that_left_the_list_are_counted(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, URLS[:1])
    remember(settings, polled(1), polled(2), polled(3))
    assert look(settings).unlisted == 2


def test_after_a_round_the_backlog_and_the_run_are_told(site: Site, tmp_path: Path) -> None:
    site.replies["/story/1"] = page("Story 1", words(1))
    site.replies["/story/2"] = Reply(b"down", 503)
    links = [item(f"{site.url}/story/{n}", f"Story {n}", summary=f"Summary {n}.") for n in (1, 2)]
    site.replies["/feed"] = rss(site, *links)
    settings = settings_of(tmp_path, [f"{site.url}/feed"])
    report = collect_at(settings)
    retry_at = next(problem.retry_at for problem in report.problems)
    early, late = look(settings, hours=0.01), look(settings, hours=24)
    assert (early.backlog.pending, early.backlog.pending_due, early.backlog.next_retry_at) == (1, 0, retry_at)
    assert late.backlog.pending_due == 1
    assert (early.backlog.waiting, early.backlog.waiting_since, early.backlog.dead) == (2, NOON, 0)
    (run,) = early.runs
    assert (run.id, run.now, run.ended_at) == (report.run_id, NOON, NOON)
    assert run.report is not None
    assert (run.report["entries"]["created"], run.report["balanced"]) == (1, True)
    assert early.disk.archive == sum(path.stat().st_size for path in (tmp_path / "archive").rglob("*.warc")) > 0
    assert early.disk.ledger == sum(path.stat().st_size for path in tmp_path.glob("ledger.sqlite*")) > 0

    with Ledger(settings.ledger_url) as ledger, ledger.write() as connection:
        story_id = outbox.batch(connection, "", 1)[0].id
        outbox.refused(connection, story_id, 1, "mapping: no such field", dead=True)
    refused = look(settings)
    assert (refused.backlog.waiting, refused.backlog.dead) == (1, 1)
    assert [reason for _, reason in refused.dead_letters] == ["mapping: no such field"]


def test_the_last_runs_come_newest_first_with_the_one_that_has_not_ended(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, URLS[:1])
    for number in range(12):
        open_run(settings, f"run-{number:02}", at=number)
    found = look(settings, hours=12).runs
    assert [run.id for run in found] == [f"run-{number:02}" for number in range(11, 1, -1)]
    assert (found[0].report, found[0].ended_at) == (None, None)


def test_a_full_disk_does_not_keep_the_ledger_shut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_of(tmp_path, URLS[:1])
    remember(settings, polled(1))
    monkeypatch.setattr(database, "MIN_FREE_BYTES", 10**18)
    with pytest.raises(CannotRun):
        Ledger(settings.ledger_url)
    assert look(settings).feeds[0].state == "ok"


def test_the_ledger_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, URLS[:1])
    remember(settings, polled(1))
    with Ledger(settings.ledger_url) as ledger, ledger.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(LedgerTooNew):
        look(settings)


@pytest.mark.parametrize("content", [b"", b"no database at all, but longer than a header of SQLite" * 40])
def test_a_file_that_is_no_ledger_is_no_crash(tmp_path: Path, content: bytes) -> None:
    settings = settings_of(tmp_path, URLS[:1])
    (tmp_path / "ledger.sqlite").write_bytes(content)
    if content:
        with pytest.raises(CannotRun, match="damaged"):
            look(settings)
    else:
        assert look(settings).feeds[0].state == "never"


def test_a_database_driver_that_is_not_there_is_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="SITREP_DATABASE_URL"):
        look(settings_of(tmp_path, URLS[:1], database_url="postgresql+nothing://db.example.org/x"))


def test_what_lies_elsewhere_is_not_measured(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, URLS[:1], archive_url="s3://bucket/x", elasticsearch_url="http://127.0.0.1:9")
    disk = look(settings).disk
    assert (disk.archive, disk.index) == (None, None)
    assert disk.free is not None


def test_a_wrong_feed_list_is_told(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, ["nonsense"])
    with pytest.raises(ConfigError, match=r"feeds\.yaml"):
        look(settings)
