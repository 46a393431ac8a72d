"""Rounds over Celery workers, without containers: PostgreSQL, Redis, S3, two workers, faults.

    PYTHON -m bench.scale.rehearsal [--data DIR] [--pages 780] [--feeds 2000] [--scenes two,one]

``PYTHON`` is an environment with ``requirements.lock`` and ``config/stack/celery.lock``, started from the checkout.
Needs ``redis-server``. Prints what was checked; exit status 1 when something did not hold. Linux only.
"""

import argparse
import logging
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from bench.newsroom import desks_of
from bench.pages import read_pages
from bench.scale.fleet import Fleet, wait_until
from bench.scale.origin import Origin, open_origin
from bench.scale.servers import Postgres, Redis, open_postgres, open_s3
from pipeline.adapters.ledger import entries, runs
from pipeline.adapters.ledger.database import Ledger
from pipeline.adapters.local_node import LocalNode
from pipeline.errors import SitrepError
from pipeline.flows.audit import audit
from pipeline.flows.round import deliver_backlog
from pipeline.settings import Settings

DELAY = 0.5
"""Seconds between two requests to one host; short, so that a rehearsal ends."""

LIMIT = 900.0
HOSTS = 20


@dataclass(slots=True)
class Scene:
    """One fresh ledger, index and archive, and what is looked at."""

    name: str
    origin: Origin
    postgres: Postgres
    redis: Redis
    folder: Path
    url: str
    common: Mapping[str, str]
    failed: list[str] = field(default_factory=list)

    def settings(self) -> dict[str, str]:
        return {
            **self.common,
            "SITREP_HOME": str(self.folder / "home"),
            "SITREP_FEEDS": str(self.folder / "feeds.yaml"),
            "SITREP_DATABASE_URL": self.url,
            "SITREP_ARCHIVE_URL": f"s3://news/{self.name}",
            "SITREP_INDEX": f"scale-{self.name}",
            "SITREP_ALLOW_HOSTS": "127.0.0.0/8",
            "SITREP_HOST_DELAY": str(DELAY),
            "SITREP_SHARDS": "2",
            "SITREP_SCHEDULE": "* * * * *",
        }

    def that(self, fact: str, holds: bool, detail: object = "") -> None:
        if not holds:
            self.failed.append(fact)
        print(
            f"{'ok    ' if holds else 'FAILED'}  {self.name}: {fact}" + (f": {detail}" if detail != "" else ""),
            flush=True,
        )

    def reports(self) -> list[dict[str, object]]:
        try:
            with Ledger(self.url) as ledger, ledger.read() as connection:
                return runs.reports(connection)
        except SitrepError:
            return []

    def states(self) -> dict[str, int]:
        try:
            with Ledger(self.url) as ledger, ledger.read() as connection:
                return entries.states(connection)
        except SitrepError:
            return {}

    def all_settled(self, wanted: int) -> bool:
        states = self.states()
        return sum(states.values()) == wanted and not states.get("pending")

    def check(self, wanted: int) -> None:
        """What must hold at the end of every scene."""
        states = self.states()
        self.that("every entry is in a final state", self.all_settled(wanted), states)
        gap = self.origin.shortest_gap()
        self.that(f"no host was asked within {DELAY} s of the request before", gap >= DELAY, f"{gap:.2f} s at least")
        reports = self.reports()
        self.that("every round is balanced", all(report["balanced"] for report in reports), f"{len(reports)} rounds")
        with _environment(self.settings()):
            deliver_backlog(Settings())  # what the end of the fleet has cut off
            found = audit(Settings(), print, repair=False)
        detail = f"{found.stories} stories, {found.documents} documents"
        self.that("the audit is clean", found.clean, detail)


def main() -> int:
    options = _options()
    if find_spec("celery") is None:
        sys.exit(
            "this Python has no Celery: install requirements.lock and config/stack/celery.lock into an environment"
        )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nothing is left running
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line for each request to S3
    failed: list[str] = []
    with tempfile.TemporaryDirectory(prefix="sitrep-scale-") as name, open_s3() as s3:
        folder = Path(name)
        node = LocalNode(folder / "node", Settings().cache)
        redis = Redis(folder)
        try:
            redis.start()
            common = {**s3, "SITREP_ELASTICSEARCH_URL": node.ensure(print), "PYTHONPATH": str(Path.cwd())}
            with open_postgres(folder / "postgres") as postgres:
                for scene in options.scenes.split(","):
                    failed += _play(scene, options, folder, postgres, redis, common)
        finally:
            redis.kill()
            node.stop()
    print(f"{len(failed)} checks failed" if failed else "all checks passed")
    return 1 if failed else 0


def _play(
    name: str, options: argparse.Namespace, folder: Path, postgres: Postgres, redis: Redis, common: Mapping[str, str]
) -> list[str]:
    act = ACTS[name]
    pages = () if act.small else read_pages(options.data)[: min(options.pages, act.most)]
    origin = Origin(desks_of(pages, HOSTS) if pages else (), options.feeds if act.small else 0)
    wanted = options.feeds if act.small else len(pages)
    place = folder / name
    place.mkdir()
    with open_origin(origin):
        origin.write_feed_list(place / "feeds.yaml")
        scene = Scene(name, origin, postgres, redis, place, postgres.create(f"ledger_{name}"), common)
        metadata = postgres.create(f"airflow_{name}")
        try:
            with Fleet(place / "airflow", scene.settings(), metadata, redis.url) as fleet:
                act.play(scene, fleet, wanted)
            scene.check(wanted)
        except TimeoutError as error:
            scene.that(str(error), False)
            _show_logs(place)
        return scene.failed


def _one_worker(scene: Scene, fleet: Fleet, wanted: int) -> None:
    """Both shards one after the other: what one worker gets done."""
    fleet.add_worker("one")
    _first_round(scene, wanted)


def _two_workers(scene: Scene, fleet: Fleet, wanted: int) -> None:
    """A shard each."""
    fleet.add_worker("one")
    fleet.add_worker("two")
    _first_round(scene, wanted)


def _first_round(scene: Scene, wanted: int) -> None:
    wait_until("the first request", lambda: bool(scene.origin.requests()), LIMIT)
    begun = time.monotonic()
    wait_until("every entry settled", lambda: scene.all_settled(wanted), LIMIT)
    took = time.monotonic() - begun
    wait_until("the round reported", lambda: bool(scene.reports()), LIMIT)
    rate, asked = wanted / took, scene.origin.requests()
    print(f"        {scene.name}: {wanted} entries in {took:.0f} s, {rate:.1f} a second, {asked} requests", flush=True)


def _faults(scene: Scene, fleet: Fleet, wanted: int) -> None:
    """A worker killed in the middle of its shard, Redis gone and back, PostgreSQL's connections cut."""
    fleet.add_worker("one")
    fleet.add_worker("two")
    settled: Callable[[], int] = lambda: scene.states().get("stored", 0)  # noqa: E731 (read over and over below)
    wait_until("work under way", lambda: settled() > wanted * 0.1, LIMIT)
    fleet.kill("one")
    print(f"        killed a worker and all below it, {settled()} of {wanted} entries stored", flush=True)
    fleet.add_worker("three")
    wait_until("more work", lambda: settled() > wanted * 0.2, LIMIT)
    cut = scene.postgres.cut_connections(f"ledger_{scene.name}")
    print(f"        cut {cut} connections to the ledger, {settled()} entries stored", flush=True)
    scene.redis.kill()
    time.sleep(10)
    scene.redis.start()
    print(f"        Redis was gone for ten seconds, {settled()} entries stored", flush=True)
    took = wait_until("every entry settled after the faults", lambda: scene.all_settled(wanted), LIMIT)
    count = len(scene.reports())
    wait_until("a later round reported", lambda: len(scene.reports()) > count, LIMIT)
    print(f"        all settled {took:.0f} s after the last fault")


@dataclass(frozen=True, slots=True)
class Act:
    """What is played, over ``small`` feeds or over real pages, of which ``most`` at the utmost."""

    play: Callable[[Scene, Fleet, int], None]
    small: bool = False
    most: int = 10_000


ACTS = {
    "two": Act(_two_workers),
    "one": Act(_one_worker),
    "faults": Act(_faults, most=150),
    "feeds_two": Act(_two_workers, small=True),
    "feeds_one": Act(_one_worker, small=True),
    "feeds": Act(_faults, small=True),
}


def _show_logs(place: Path) -> None:
    for log in sorted((place / "airflow" / "logs").glob("*.log")):
        print(f"--- {log.name}\n{log.read_bytes()[-1500:].decode(errors='replace')}")


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder that holds the page sets; without it, only small feeds")
    parser.add_argument("--pages", type=int, default=780)
    parser.add_argument("--feeds", type=int, default=2000)
    parser.add_argument("--scenes", help=f"of {', '.join(ACTS)}; by default all that can be played")
    options = parser.parse_args()
    options.scenes = options.scenes or ",".join(name for name, act in ACTS.items() if act.small or options.data)
    return options


if __name__ == "__main__":
    sys.exit(main())
