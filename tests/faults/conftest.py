"""Lives for faults to strike, and the table of what they did.

``FAULTS=all`` tries everything; without it a seeded choice of each kind, ``FAULTS_SEED`` another one.
"""

import os
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.faults.life import Life, begin
from tests.faults.proxy import Proxy, open_proxy
from tests.faults.zygote import Zygote, open_zygote
from tests.support.hook import Hook, open_hook
from tests.support.site import Site, open_site

WHOLE = os.environ.get("FAULTS") == "all"
SEED = int(os.environ.get("FAULTS_SEED", "1"))
TABLE: dict[str, list[int]] = {}


@pytest.fixture
def dice(request: pytest.FixtureRequest) -> random.Random:
    return random.Random(f"{SEED} {request.node.name}")


@pytest.fixture(scope="session")
def zygote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zygote]:
    with open_zygote(tmp_path_factory.mktemp("zygote")) as opened:
        yield opened


@pytest.fixture(scope="session")
def proxy(elasticsearch_url: str) -> Iterator[Proxy]:
    with open_proxy(elasticsearch_url) as opened:
        yield opened


@pytest.fixture
def site() -> Iterator[Site]:
    with open_site() as opened:
        yield opened


@pytest.fixture
def hook() -> Iterator[Hook]:
    with open_hook() as opened:
        yield opened


@pytest.fixture
def new_life(
    site: Site,
    hook: Hook,
    zygote: Zygote,
    proxy: Proxy,
    elasticsearch: Any,
    prefix: str,
    tmp_path: Path,
    dice: random.Random,
) -> Iterator[Callable[..., Life]]:
    """Begins a life (``ask``: its Elasticsearch, if it has one of its own); what happened to it goes into the table."""
    lives: list[Life] = []

    def new(ask: Any = elasticsearch, **settings: Any) -> Life:
        proxy.peace()
        values = {"elasticsearch_url": proxy.url, "index": prefix, **settings}
        lives.append(begin(site, hook, tmp_path / "home", zygote, ask, dice.randrange(10**6), **values))
        return lives[-1]

    with ExitStack() as stack:
        stack.callback(proxy.peace)
        yield new
    for life in lives:
        for fault, counts in life.tally.items():
            print(fault, *counts)
            TABLE[fault] = [sum(pair) for pair in zip(TABLE.get(fault, [0, 0, 0]), counts, strict=True)]


@pytest.fixture
def life(new_life: Callable[..., Life]) -> Life:
    return new_life()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if not TABLE:
        return
    terminalreporter.write_line("")
    terminalreporter.write_line("| fault | injected | lost | doubled |")
    terminalreporter.write_line("| --- | --- | --- | --- |")
    for fault, counts in sorted(TABLE.items()):
        terminalreporter.write_line(f"| {fault} | {' | '.join(map(str, counts))} |")
    total = sum(counts[0] for counts in TABLE.values())
    survived = sum(counts[0] for counts in TABLE.values() if counts[1:] == [0, 0])
    terminalreporter.write_line(f"{total} faults injected, {survived} of kinds that lost and doubled nothing")
