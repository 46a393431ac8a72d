"""Trouble that lasts: the real node dies, and a disk watermark closes the index. Rounds go on, an alarm says so."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.adapters.local_node import LocalNode
from pipeline.flows.status import status
from pipeline.settings import Settings
from tests.conftest import USERS_CACHE
from tests.faults.conftest import WHOLE
from tests.faults.life import Life
from tests.faults.proxy import Proxy, killing
from tests.support.rounds import NOON

pytestmark = pytest.mark.timeout(1200 if WHOLE else 300)


def test_a_disk_watermark_closes_the_index_and_the_alarm_is_seen_without_it(life: Life) -> None:
    """At the flood stage Elasticsearch blocks every index of the node; here those of one prefix are.

    It takes its block away again as soon as it finds room, so an ordinary one beside it keeps the index closed.
    """
    life.strike("the index is read-only: flood stage of the disk watermark", lambda: flooded(life))
    assert alarms(life) == {}


def flooded(life: Life) -> None:
    pattern = f"/{life.values['index']}-*/_settings"
    blocks = ("index.blocks.read_only_allow_delete", "index.blocks.write")
    life.elasticsearch("PUT", pattern, dict.fromkeys(blocks, True))
    assert life.round().how == "done"
    assert "backlog" not in alarms(life)
    ended = life.round()
    assert ended.how == "done"
    assert ended.value["stories"]["waiting"] > 0
    assert "read-only" in ended.value["problem"] or "blocked" in ended.value["problem"]
    assert "blocked" in alarms(life)["backlog"] or "read-only" in alarms(life)["backlog"]
    life.elasticsearch("PUT", pattern, dict.fromkeys(blocks))


def alarms(life: Life) -> dict[str, str]:
    """What ``sitrep status`` shows, by kind, but for feeds."""
    found = status(Settings(**life.values), NOON)
    return {one.kind: one.detail for one in found.alarms if not one.kind.startswith("feed_")}


@pytest.fixture
def own_node(tmp_path: Path) -> Iterator[LocalNode]:
    node = LocalNode(tmp_path / "own node", USERS_CACHE)
    node.ensure(lambda _message: None)
    yield node
    node.stop()


@pytest.mark.skipif(not WHOLE, reason="it takes a node of its own: make test-faults")
def test_the_real_node_is_killed_and_comes_back(new_life: Any, own_node: LocalNode, proxy: Proxy) -> None:
    import json
    import urllib.request

    def ask(method: str, path: str, body: Any = None) -> Any:
        data = json.dumps(body).encode() if body is not None else None
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{own_node.running()}{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    shared = proxy.target
    proxy.target = (own_node.running() or "").removeprefix("http://")
    try:
        life = new_life(ask)
        for after in (False, True):
            words = "after" if after else "before"
            life.strike(
                f"the index's node is killed {words} a bulk", lambda after=after: dies(life, own_node, proxy, after)
            )
    finally:
        proxy.target = shared


def dies(life: Life, node: LocalNode, proxy: Proxy, after: bool) -> None:
    pid = node.status().pid
    assert pid is not None
    proxy.plan(killing(lambda: os.kill(pid, signal.SIGKILL), after=after))
    assert life.round().value["stories"]["waiting"] > 0
    proxy.peace()
    node.stop()
    proxy.target = node.ensure(lambda _message: None).removeprefix("http://")
