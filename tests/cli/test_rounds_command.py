"""``sitrep ingest``, ``deliver``, ``audit`` and ``explain`` as a user meets them, trouble included."""

import os
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.flows.lock import round_lock
from pipeline.flows.profile import STAGES
from tests.support.program import PROGRAM, answer, environment, sitrep
from tests.support.rounds import settings_of
from tests.support.site import Site, item, open_site, page, rss, words

NOON = "2024-10-21T12:00:00Z"
NOWHERE = "http://127.0.0.1:9"  # the discard port: nothing answers there
COUNT = 3


@pytest.fixture
def site() -> Iterator[Site]:
    with open_site() as opened:
        for number in range(1, COUNT + 1):
            opened.replies[f"/story/{number}"] = page(f"Story {number}", words(number), words(number + 100))
        links = [item(f"{opened.url}/story/{n}", f"Story {n}", summary=f"Summary {n}.") for n in range(1, COUNT + 1)]
        opened.replies["/feed"] = rss(opened, *links)
        yield opened


@pytest.fixture
def home(site: Site, tmp_path: Path) -> dict[str, object]:
    """Settings of a user with one feed and no server yet."""
    settings_of(tmp_path, [f"{site.url}/feed"])
    return {"home": tmp_path, "feeds": tmp_path / "feeds.yaml", "allow_hosts": "127.0.0.1", "host_delay": 0}


def test_a_round_prints_the_contracts_report_and_nothing_else(
    home: dict[str, object], elasticsearch_url: str, prefix: str
) -> None:
    server = home | {"elasticsearch_url": elasticsearch_url, "index": prefix}
    report = answer(sitrep("ingest", "--now", NOON, "--json", **server))
    assert set(report) == {
        *("run_id", "now", "seconds", "balanced", "feeds", "entries", "retried", "stories", "problems")
    }
    assert (report["now"], report["balanced"], report["entries"]["created"]) == (NOON, True, COUNT)
    assert report["stories"] == {"indexed": COUNT, "waiting": 0, "on_topic": 0}
    audited = answer(sitrep("audit", "--json", **server))
    assert audited == {
        "balanced": True,
        "entries": {"total": COUNT, "stored": COUNT, "pending": 0, "rejected": 0, "failed": 0},
        "stories": COUNT,
        "documents": COUNT,
        "missing": [],
        "extra": [],
        "stale": [],
    }
    found = answer(sitrep("search", "near post", "--json", **server))
    assert found["total"] == COUNT
    told = answer(sitrep("explain", found["hits"][0]["id"], "--json", **server))
    assert set(told) == {"story", "entries", "fetches", "versions", "removed", "topics", "delivery"}
    shown = sitrep("explain", found["hits"][0]["url"], **server)
    assert (shown.returncode, found["hits"][0]["title"] in shown.stdout) == (0, True)


def test_a_round_without_a_server_keeps_its_stories_and_says_so(
    home: dict[str, object], elasticsearch_url: str, prefix: str
) -> None:
    done = sitrep("ingest", "--now", NOON, "--json", elasticsearch_url=NOWHERE, **home)
    assert answer(done, status=3)["stories"]["waiting"] == COUNT
    assert "sitrep deliver" in done.stderr
    later = sitrep("deliver", "--json", elasticsearch_url=elasticsearch_url, index=prefix, **home)
    assert answer(later) == {"indexed": COUNT, "refused": 0, "waiting": 0}


def test_no_deliver_ends_well_without_any_server(home: dict[str, object]) -> None:
    done = sitrep("ingest", "--now", NOON, "--no-deliver", **home)
    assert (done.returncode, "balanced yes" in done.stdout) == (0, True)


def test_a_profile_tells_what_each_stage_took_and_changes_nothing_else(home: dict[str, object]) -> None:
    done = sitrep("ingest", "--now", NOON, "--no-deliver", "--profile", "--json", **home)
    report = answer(done)
    assert (report["balanced"], report["entries"]["created"]) == (True, COUNT)
    assert tuple(report["profile"]) == STAGES
    assert min(report["profile"][stage] for stage in ("start", "fetch", "extract", "ledger", "workers")) > 0
    lines = [line.split()[1] for line in done.stderr.splitlines() if " s CPU " in line]
    assert lines == [*STAGES, "all"]


def test_a_profile_of_more_than_one_collector_is_refused(home: dict[str, object]) -> None:
    done = sitrep("ingest", "--profile", shards=2, **home)
    assert (done.returncode, "SITREP_SHARDS" in done.stderr) == (2, True)


def test_a_server_that_is_needed_and_away_ends_with_4(home: dict[str, object]) -> None:
    for command in ("audit", "search", "setup"):
        done = sitrep(command, elasticsearch_url=NOWHERE, **home)
        assert (done.returncode, NOWHERE in done.stderr, "Traceback" in done.stderr) == (4, True, False)


@pytest.mark.parametrize(
    ("change", "words_of_it"),
    [
        ({"host_delay": "soon", "shards": "0"}, ["SITREP_HOST_DELAY", "SITREP_SHARDS"]),
        ({"feeds": "/nowhere/feeds.yaml"}, ["/nowhere/feeds.yaml"]),
        ({"allow_hosts": ""}, ["SITREP_CONTACT"]),
    ],
)
def test_wrong_settings_end_with_2_and_name_every_mistake(
    home: dict[str, object], change: dict[str, object], words_of_it: list[str]
) -> None:
    done = sitrep("ingest", **(home | change))
    assert done.returncode == 2
    assert all(word in done.stderr for word in words_of_it), done.stderr


@pytest.mark.parametrize("moment", ["noon", "2024-10-21", "2024-10-21T12:00:00"])
def test_a_moment_without_a_zone_is_bad_usage(home: dict[str, object], moment: str) -> None:
    done = sitrep("ingest", "--now", moment, **home)
    assert (done.returncode, "--now" in done.stderr) == (2, True)


def test_an_unknown_option_is_bad_usage() -> None:
    done = sitrep("ingest", "--nonsense")
    assert (done.returncode, "--nonsense" in done.stderr) == (2, True)


def test_a_second_round_names_the_first_and_ends_with_4(home: dict[str, object], tmp_path: Path) -> None:
    with round_lock(tmp_path):
        done = sitrep("ingest", "--now", NOON, **home)
    assert (done.returncode, f"pid {os.getpid()}" in done.stderr) == (4, True)


def test_a_ledger_of_a_newer_sitrep_ends_with_4(home: dict[str, object], tmp_path: Path) -> None:
    sitrep("ingest", "--now", NOON, "--no-deliver", **home)
    with sqlite3.connect(tmp_path / "ledger.sqlite") as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    done = sitrep("ingest", "--no-deliver", **home)
    assert (done.returncode, "newer Sitrep" in done.stderr) == (4, True)


def test_a_home_that_cannot_be_written_ends_with_4_and_says_what_to_do(home: dict[str, object], tmp_path: Path) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("in the way of a folder")
    done = sitrep("ingest", "--no-deliver", **(home | {"home": blocked / "home"}))
    assert (done.returncode, "SITREP_HOME" in done.stderr, "Traceback" in done.stderr) == (4, True, False)


def test_what_is_unknown_ends_with_1(home: dict[str, object]) -> None:
    done = sitrep("explain", "https://example.org/never-seen", **home)
    assert (done.returncode, "never-seen" in done.stderr) == (1, True)


def _started(site: Site, home: dict[str, object]) -> "subprocess.Popen[str]":
    """A round that has asked for its first page and waits for the answer."""
    site.held = "/story/"
    child = subprocess.Popen(
        [PROGRAM, "ingest", "--now", NOON, "--no-deliver"],
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not any(path.startswith("/story/") for path in site.paths()):
        assert child.poll() is None, child.communicate()
        site.released.wait(0.05)
    return child


@pytest.mark.parametrize(("how", "status"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_a_round_that_is_ended_in_the_middle_loses_nothing(
    site: Site, home: dict[str, object], how: signal.Signals, status: int
) -> None:
    child = _started(site, home)
    child.send_signal(how)
    _, errors = child.communicate(timeout=60)
    site.released.set()
    assert (child.returncode, "Traceback" in errors) == (status, False), errors
    report = answer(sitrep("ingest", "--now", "2024-10-21T13:00:00Z", "--no-deliver", "--json", **home))
    assert report["balanced"]
    assert report["retried"]["done"] + report["entries"]["created"] == COUNT
