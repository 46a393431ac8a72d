"""What rounds over many feeds on loopback hosts cost: where all answer 304, and where each brings new stories.

    python -m bench.speed.polling [--feeds 10000] [--hosts 1000] [--entries 10000 1000000] [--news 1000]
    python -m bench.speed.polling --crowd 100000

For each number of feeds a new home is filled by one round and then asked again; ``--entries`` measures a round of 50
feeds over a ledger that remembers so many entries of others; ``--news`` measures so many feeds with three new stories
each, whose pages are fetched: how much of all cores the round keeps busy, or would on a machine that it has for itself
(the origin, a thirtieth of the work, is not counted in). ``--crowd`` measures nothing but one round over 1,000 feeds
that bring so many new stories at once, with small pages.
CPU is that of the program's process tree, start and ledger included; requests are counted at the origin. Nothing is
delivered, so no Elasticsearch is needed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench import measure
from bench.home import SITREP, environment_of
from bench.speed.goals import Goal, Row, missed, show
from bench.speed.polling_origin import EDITIONS

FEW = 50
CROWDED = 1_000
MANY_ENTRIES = """
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count)
INSERT INTO entries (feed_id, "key", url, url_id, state, reason, attempts, item, digest, first_seen_at, last_seen_at)
SELECT 'old-' || (n % 1000), 'guid:' || n, 'http://127.9.9.9/' || n, printf('%032d', n), 'rejected', 'old', 0, '{}',
       'd', '2024-01-01 00:00:00', '2024-01-01 00:00:00' FROM numbers
"""


@contextmanager
def origin() -> Iterator[int]:
    """The port of a running origin."""
    command = [sys.executable, "-m", "bench.speed.polling_origin"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()


def asked(port: int, path: str = "/asked") -> Any:
    """What the origin counted since it was asked last."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
        return json.loads(answer.read() or "null")


class Bench:
    """Rounds over one home."""

    def __init__(
        self, folder: Path, port: int, feeds: int, hosts: int, full_text: str = "feed", path: str = "/feed/{}"
    ) -> None:
        folder.mkdir()
        self.port = port
        self.environment = environment_of(folder, "speed-polling")
        self.ledger = folder / "home" / "ledger.sqlite"
        rows = [
            f"  - {{id: feed-{n}, name: Feed {n}, full_text: {full_text}, "
            f"url: '{_host(n % hosts, port)}{path.format(n)}'}}\n"
            for n in range(feeds)
        ]
        (folder / "feeds.yaml").write_text("feeds:\n" + "".join(rows), "utf-8")

    def round(self, day: int) -> tuple[measure.Cost, dict[str, Any]]:
        """One round at noon of a day in October 2024."""
        now = f"2024-10-{day:02}T12:00:00Z"
        outcome = measure.run([SITREP, "ingest", "--json", "--no-deliver", "--now", now], self.environment)
        if outcome.status != 0:
            sys.exit(f"a round failed:\n{outcome.errors}")
        return outcome.cost, json.loads(outcome.output)

    def remember(self, count: int) -> None:
        """So many entries of feeds that are no longer listed."""
        with sa.create_engine(f"sqlite:///{self.ledger}").begin() as connection:
            connection.execute(sa.text(MANY_ENTRIES), {"count": count})


def _host(number: int, port: int) -> str:
    return f"http://127.1.{number // 250}.{number % 250 + 1}:{port}"


def not_modified(folder: Path, port: int, feeds: int, hosts: int, goal: Goal) -> Iterator[Row]:
    """The second round over ``feeds`` feeds."""
    bench = Bench(folder / f"feeds-{feeds}", port, feeds, hosts)
    bench.round(20)
    asked(port)
    cost, report = bench.round(21)
    counted = asked(port)
    if report["feeds"]["not_modified"] != feeds:
        sys.exit(f"not all feeds answered 304: {report['feeds']}")
    yield Row(f"{feeds} feeds, all 304", cost.cpu, "s CPU", goal, f"{cost.seconds:.0f} s of wall time")
    yield Row(f"{feeds} feeds, memory", cost.peak_memory / 1e6, "MB", Goal(300, 150), "peak PSS of the tree")
    detail = f"{counted['requests']} requests, at most {counted['most']} a feed"
    yield Row(f"{feeds} feeds, requests", counted["requests"] / feeds, "a feed", Goal(1, 1), detail)


def busy(folder: Path, port: int, feeds: int, hosts: int) -> Iterator[Row]:
    """A round in which each feed brings ``EDITIONS`` stories with pages."""
    bench = Bench(folder / f"news-{feeds}", port, feeds, hosts, full_text="page")
    load = os.getloadavg()[0]
    cost, report = bench.round(20)
    created = report["entries"]["created"]
    if created != feeds * EDITIONS:
        sys.exit(f"not all stories were created: {report['entries']}")
    share = 100 * cost.wanted / (cost.seconds * measure.CORES)
    detail = f"{cost.cpu:.0f} s CPU in {cost.seconds:.0f} s, main process {cost.main:.0f} s; load before {load:.1f}"
    yield Row(f"{feeds} feeds with news, memory", cost.peak_memory / 1e6, "MB", Goal(600, 300), "peak PSS of the tree")
    yield Row(f"{feeds} feeds with news, cores busy", share, "%", Goal(85, 95, more=True), detail)


def crowd(folder: Path, port: int, entries: int) -> Iterator[Row]:
    """A round in which far more stories come than can be worked on at once."""
    bench = Bench(folder / "crowd", port, CROWDED, CROWDED, "page", f"/crowd/{{}}/{entries // CROWDED}")
    cost, report = bench.round(20)
    if report["entries"]["created"] != entries:
        sys.exit(f"not all stories were created: {report['entries']}")
    detail = f"main process {cost.peak_memory_main / 1e6:.0f} MB; {1000 * cost.cpu / entries:.1f} ms CPU a story"
    yield Row(f"{entries} new stories in one round, memory", cost.peak_memory / 1e6, "MB", Goal(250, 180), detail)


def growth(folder: Path, port: int, sizes: list[int]) -> Iterator[Row]:
    """A round of some feeds, over ledgers that remember ever more."""
    first = 0.0
    for size in sizes:
        bench = Bench(folder / f"entries-{size}", port, FEW, FEW)
        bench.round(20)
        bench.remember(size)
        cost = min((bench.round(day)[0] for day in (21, 22, 23)), key=lambda cost: cost.cpu)
        first = first or cost.cpu
        goal = Goal(1.15, 1.05) if size != sizes[0] else None
        yield Row(f"{size} entries remembered", cost.cpu / first, "x", goal, f"{cost.cpu:.2f} s CPU a round")


def _all(folder: Path, port: int, options: argparse.Namespace) -> Iterator[Row]:
    yield from not_modified(folder, port, FEW, FEW, Goal(1.5, 0.6))
    yield from growth(folder, port, options.entries)
    yield from not_modified(folder, port, options.feeds, options.hosts, Goal(18, 8))
    yield from busy(folder, port, options.news, options.hosts)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.speed.polling", description=__doc__.partition("\n")[0])
    parser.add_argument("--feeds", type=int, default=10_000)
    parser.add_argument("--hosts", type=int, default=1_000)
    parser.add_argument("--entries", type=int, nargs="*", default=[10_000, 1_000_000])
    parser.add_argument("--news", type=int, default=1_000)
    parser.add_argument("--crowd", type=int)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, origin() as port:
        rows = list(crowd(Path(name), port, options.crowd) if options.crowd else _all(Path(name), port, options))
    show(rows)
    return 1 if missed(rows) else 0


if __name__ == "__main__":
    sys.exit(main())
