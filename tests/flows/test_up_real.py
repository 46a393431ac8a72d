"""``sitrep up`` as a user runs it: real Airflow, scheduled rounds over a small site, killed in the middle of one."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from pipeline.adapters.ledger.database import Ledger
from pipeline.adapters.ledger.overview import PastRun, past_runs
from pipeline.adapters.processes import identify
from pipeline.adapters.sessions import end_sessions, members
from pipeline.flows.up.record import read_record
from pipeline.settings import Settings
from tests.support.program import PROGRAM, environment, sitrep
from tests.support.rounds import settings_of
from tests.support.site import Site, item, open_site, page, rss, words
from tests.support.stand_ins import lines, until

WAIT = 240.0
"""Seconds that only end a test that has failed."""


class Up:
    """A home, its site, and the ``sitrep up`` that runs over it."""

    def __init__(self, home: Path, site: Site, server: str, prefix: str) -> None:
        self.home, self.site = home, site
        self.settings: Settings = settings_of(home, [f"{site.url}/feed"])
        self.given = {
            "home": home,
            "feeds": self.settings.feeds,
            "allow_hosts": "127.0.0.1",
            "host_delay": 0,
            "elasticsearch_url": server,
            "index": prefix,
            "schedule": "* * * * * */5",  # the sixth field is seconds
        }
        self.out, self.err = home / "up.out", home / "up.err"
        self.process: subprocess.Popen[bytes] | None = None
        self.seen: set[int] = set()

    def start(self) -> None:
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.process = subprocess.Popen(
                [PROGRAM, "up"], env=environment(self.given), stdout=out, stderr=err, start_new_session=True
            )
        until(lambda: self._stands() or self.process.poll() is not None, WAIT)
        assert self.process.poll() is None, self.err.read_text()
        self.seen |= {self.process.pid, *(one.pid for one in members(*read_record(self.home).parts.values()))}

    def _stands(self) -> bool:
        return any(line.startswith("Stop:") for line in lines(self.out))

    def runs(self) -> list[PastRun]:
        """Oldest first."""
        if not (self.home / "ledger.sqlite").exists():
            return []
        with Ledger(self.settings.ledger_url) as ledger, ledger.read() as connection:
            return list(reversed(past_runs(connection, 100)))

    def ended(self) -> list[dict[str, Any]]:
        return [run.report for run in self.runs() if run.report is not None]

    def told(self) -> int:
        return sum(" round " in line for line in lines(self.out))


@pytest.fixture
def up(tmp_path: Path, elasticsearch_url: str, prefix: str) -> Iterator[Up]:
    with open_site() as site:
        site.replies["/feed"] = rss(site, item(f"{site.url}/story/1", "Story 1"))
        site.replies["/story/1"] = page("Story 1", words(1), words(2))
        made = Up(tmp_path / "home of up ü", site, elasticsearch_url, prefix)
        yield made
        parts = read_record(made.home).parts
        if made.process is not None and made.process.poll() is None:
            made.process.kill()
            made.process.wait()
        end_sessions(tuple(parts.values()), 1)


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.timeout(900)
def test_scheduled_rounds_go_on_after_a_kill_and_down_leaves_nothing(up: Up) -> None:
    up.start()
    assert up.process is not None
    record = read_record(up.home)
    port = record.port
    assert port is not None
    assert list(record.parts) == ["api-server", "dag-processor", "scheduler"]
    assert listening(members(*record.parts.values())) == {("127.0.0.1", port)}
    login = json.loads((up.home / "airflow" / "login.json").read_text())
    assert f"password {login['sitrep']}" in up.out.read_text()
    until(lambda: len(up.ended()) >= 2, WAIT)
    until(lambda: up.told() >= 2)
    assert up.ended()[0]["entries"]["created"] == 1

    # Killed in the middle of a round: the feed is recorded, its page on the way.
    up.site.held = "/story/2"
    up.site.replies["/feed-2"] = rss(up.site, item(f"{up.site.url}/story/2", "Story 2"))
    up.site.replies["/story/2"] = page("Story 2", words(3), words(4))
    settings_of(up.home, [f"{up.site.url}/feed", f"{up.site.url}/feed-2"])
    until(lambda: "/story/2" in up.site.paths(), WAIT)
    (open_run,) = [run for run in up.runs() if run.ended_at is None]
    os.kill(up.process.pid, signal.SIGKILL)
    up.process.wait()
    up.site.held = ""
    up.site.released.set()

    up.start()
    until(lambda: open_run.id in {report["run_id"] for report in up.ended()}, WAIT)
    before = len(up.ended())
    until(lambda: len(up.ended()) > before, WAIT)
    assert all(report["balanced"] for report in up.ended())
    assert sum(report["entries"]["created"] for report in up.ended()) == 2

    done = sitrep("down", home=up.home)
    assert (done.returncode, up.process.wait(60)) == (0, 0), done.stderr
    assert done.stdout.startswith(f"stopped: supervisor (pid {up.process.pid}), api-server (pid ")
    assert [pid for pid in up.seen if identify(pid) is not None] == []
    assert not is_open(port)
    assert "Traceback" not in up.err.read_text()


def listening(found: Any) -> set[tuple[str, int]]:
    """Every address on which these processes take connections."""
    sockets = [one for process in found for one in psutil.Process(process.pid).net_connections()]
    return {(one.laddr.ip, one.laddr.port) for one in sockets if one.status == psutil.CONN_LISTEN}
