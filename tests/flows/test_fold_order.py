"""Texts of one window end in the same clusters under the same heads, in whatever order they arrive."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.adapters.ledger import stories
from pipeline.adapters.ledger.database import Connection, Ledger
from pipeline.adapters.ledger.entries import OpenEntry
from pipeline.flows.settle import Work, settle
from pipeline.model import Entry
from pipeline.stages.fold.sketch import sign
from pipeline.stages.identify import story_id
from tests.support.exchanges import NOON
from tests.support.prose import cut, prose, without_words
from tests.support.stories import telling

NAMES = ("beginning", "end", "whole", "shortened", "another", "another's reprint")
TOGETHER = {"beginning": "beginning", "end": "beginning", "whole": "beginning", "shortened": "beginning"} | {
    "another": "another",
    "another's reprint": "another",
}
fresh = count(1)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    with Ledger(f"sqlite:///{tmp_path_factory.mktemp('orders') / 'ledger.sqlite'}") as opened:
        yield opened


def texts(number: int) -> dict[str, str]:
    """The beginning and the end of a text share nothing: only the whole tells that they are one."""
    wire, other = prose(2 * number, 40), prose(2 * number + 1, 30)
    lines = wire.split("\n")
    return {
        "beginning": "\n".join(lines[:9]),
        "end": "\n".join(lines[11:]),
        "whole": wire,
        "shortened": without_words(wire, 14),
        "another": other,
        "another's reprint": cut(other, 2 / 3),
    }


def arrives(connection: Connection, name: str, number: int, text: str) -> str:
    """Tell a new story; returns its id. All arrive in one round, published in the order of ``NAMES``."""
    place = NAMES.index(name)
    url = f"https://outlet-{place}.example/{number}"
    told = telling(
        feed_id=f"outlet-{place}",
        url=url,
        title=f"Headline {place} of the desk number {number}",
        text=text,
        published_at=NOON - timedelta(hours=9) + timedelta(minutes=place),
        signature=sign(f"Headline {place}", text),
    )
    entry = OpenEntry(number * 10 + place, f"outlet-{place}", Entry(url, url, told.title), None, 0)
    assert settle(connection, Work(entry, told), None, "run", NOON) == "created"
    return story_id(url)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(NAMES))
def test_the_order_of_arrival_decides_nothing(ledger: Ledger, order: Sequence[str]) -> None:
    number = next(fresh)
    with ledger.write() as connection:
        written = texts(number)
        ids = {name: arrives(connection, name, number, written[name]) for name in order}
        names = {told: name for name, told in ids.items()}
        held = stories.load_many(connection, list(names))
    assert {names[told]: names[story.cluster_id] for told, story in held.items()} == TOGETHER
    assert all(
        story.copy_of == (None if story.cluster_id == told else story.cluster_id) for told, story in held.items()
    )


def test_the_fixture_is_hard(tmp_path: Path) -> None:
    """Beginning and end are no copies of each other: without the whole they stay apart."""
    written = texts(1)
    with Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}") as opened, opened.write() as connection:
        ids = [arrives(connection, name, 1, written[name]) for name in ("beginning", "end")]
        assert [story.cluster_id for story in stories.load_many(connection, ids).values()] != [ids[0]] * 2
