"""The ledger that tests of the adapters write to, on each database that there is."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.adapters.ledger.database import Ledger
from tests.support.databases import database


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with database(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    with Ledger(ledger_url) as opened:
        yield opened
