"""``reindex`` and ``reprocess`` are killed, or work while rounds go on: every story still ends as one document."""

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from pipeline.adapters.ledger.database import Ledger
from pipeline.adapters.ledger.schema import fetches
from pipeline.settings import Settings
from tests.faults.conftest import WHOLE
from tests.faults.life import STEP, Life, ledger_url
from tests.faults.proxy import Proxy

pytestmark = pytest.mark.timeout(7200 if WHOLE else 300)


def test_a_reindex_that_is_killed(life: Life, dice: random.Random) -> None:
    """Also between the switch and the catching up: the next delivery finds the mark that it has left."""
    counts = Counter(life.zygote.run("reindex_with_points", values=life.values).value)
    points = sorted(counts)
    chosen = points if WHOLE else ["after index POST _aliases", *dice.sample(points, 2)]
    for point in chosen:
        life.strike("SIGKILL in reindex", lambda point=point: reindexed(life, point, dice.randint(1, counts[point])))


def reindexed(life: Life, point: str, times: int) -> None:
    life.zygote.run("reindex_with_points", values=life.values, chosen=point, nth=times)


def test_what_a_round_delivers_while_a_killed_reindex_was_filling_is_not_lost(life: Life, proxy: Proxy) -> None:
    def switched_too_late() -> None:
        """A round delivers to the old index after the new one was filled; then the aliases move, and all ends."""

        def a_round_first(exchange: object) -> None:
            life.news()
            assert life.round().how == "done"
            exchange.done()
            job.kill()

        proxy.plan(a_round_first, ending="/_aliases")
        life.hours += STEP
        job = life.zygote.start("reindex_with_points", values=life.values)
        assert job.end().how == "killed"
        proxy.peace()

    life.strike("SIGKILL in reindex, a round behind its back", switched_too_late)


def test_a_reprocess_that_is_killed(life: Life, dice: random.Random) -> None:
    counts = Counter(life.ruled_anew(0).value)
    assert "after insert outbox" in counts, "no document has changed"
    for number, point in enumerate(sorted(counts) if WHOLE else dice.sample(sorted(counts), 3), start=1):
        life.strike(
            "SIGKILL in reprocess",
            lambda number=number, point=point: life.ruled_anew(
                number, chosen=point, nth=dice.randint(1, counts[point])
            ),
            between=lambda: finished(life),
        )


def finished(life: Life) -> None:
    assert life.zygote.run("reprocess_with_points", values=life.values).how == "done"
    again = life.zygote.run("reprocess_with_points", values=life.values)
    assert "after insert outbox" not in again.value


def test_a_prune_that_is_killed_leaves_no_page_in_the_ledger_that_is_not_in_the_archive(life: Life) -> None:
    home = Path(life.values["home"])
    old = life.hours + 24 * (Settings(**life.values).retain_raw_days + 10)
    for point in ("before archive removal", "after archive removal", "before commit prune.prune"):
        life.news()
        assert life.round().how == "done"
        assert life.zygote.run("prune_with_points", values=life.values, hours=old, chosen=point).how == "killed"
        with Ledger(ledger_url(life.values)) as ledger, ledger.read() as connection:
            kept = set(connection.execute(select(fetches.c.file).where(fetches.c.file.is_not(None))).scalars())
        assert all((home / "archive" / file).exists() for file in kept)
    assert life.zygote.run("prune_with_points", values=life.values, hours=old).how == "done"
    assert not list((home / "archive").rglob("*.warc"))


@pytest.mark.parametrize("job", ["reindex_with_points", "reprocess_with_points"])
def test_upkeep_while_rounds_go_on(life: Life, job: str) -> None:
    for _ in range(4 if WHOLE else 1):
        life.strike(f"{job.partition('_')[0]} while rounds go on", lambda: at_work(life, job))


def at_work(life: Life, name: str) -> None:
    other: Callable[..., object] = life.zygote.start
    job = other(name, values=life.values)
    for _ in range(2):
        assert life.round().how == "done"
        life.news()
    assert job.end().how == "done"
