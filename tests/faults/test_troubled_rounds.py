"""Index, network, disk and clock play tricks on a round: nothing is lost, nothing is doubled."""

import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults.conftest import WHOLE
from tests.faults.life import STEP, Life
from tests.faults.proxy import Proxy, Spoil, hanging_up, losing_the_answer, refusing, rejecting_one
from tests.support.databases import postgres_database
from tests.support.site import Site

pytestmark = pytest.mark.timeout(7200 if WHOLE else 300)
TIMES = 4 if WHOLE else 1

SPOILED: dict[str, Spoil] = {
    "the index answers 503": refusing(503),
    "the index answers 429": refusing(429),
    "the index hangs up before it gets the bulk": hanging_up,
    "the index takes the bulk and its answer is lost": losing_the_answer,
    "the index refuses one document for now (429)": rejecting_one(429),
}


@pytest.mark.parametrize("ending", ["/_bulk", "/_refresh", ""], ids=["bulk", "refresh", "any request"])
def test_an_index_in_trouble(life: Life, proxy: Proxy, dice: random.Random, ending: str) -> None:
    for fault, spoil in SPOILED.items():
        if ending != "/_bulk" and spoil in (SPOILED["the index refuses one document for now (429)"],):
            continue
        if not WHOLE and ending != "/_bulk" and spoil is not losing_the_answer:
            continue
        for _ in range(TIMES):
            life.strike(fault, lambda spoil=spoil: spoiled(life, proxy, spoil, ending, dice))


def spoiled(life: Life, proxy: Proxy, spoil: Spoil, ending: str, dice: random.Random) -> None:
    proxy.plan(spoil, ending=ending, skip=dice.randint(0, 12) if not ending else 0)
    assert life.round().how == "done"
    proxy.peace()


def test_a_document_that_is_refused_for_good_comes_in_with_the_daily_repair(life: Life, proxy: Proxy) -> None:
    for _ in range(TIMES):
        life.strike(
            "the index refuses one document for good (400)",
            lambda: spoiled(life, proxy, rejecting_one(400), "/_bulk", random.Random(1)),
            between=lambda: repaired(life),
        )


def repaired(life: Life) -> None:
    found = life.zygote.run("audit", values=life.values, repair=True)
    assert found.value["clean"]


def test_an_index_that_is_away(life: Life) -> None:
    for _ in range(TIMES):
        life.strike("nothing listens where the index was", lambda: away(life))


def away(life: Life) -> None:
    there = life.values["elasticsearch_url"]
    life.values["elasticsearch_url"] = "http://127.0.0.1:9"
    assert life.round().value["stories"]["waiting"] > 0
    life.values["elasticsearch_url"] = there


def test_bodies_that_are_cut_in_half(life: Life, site: Site) -> None:
    for _ in range(TIMES):
        life.strike("the network cuts a page in half", lambda: cut(life, site, pages=True))
        life.strike("the network cuts a feed in half", lambda: cut(life, site, pages=False))


def cut(life: Life, site: Site, *, pages: bool) -> None:
    for path, reply in site.replies.items():
        if path.endswith("/feed") != pages:
            site.replies[path] = replace(reply, cut=True)
    assert life.round().how == "done"


def test_pages_that_are_down_for_a_round(life: Life) -> None:
    for _ in range(TIMES):
        life.strike("every page answers 503", lambda: down(life))


def down(life: Life) -> None:
    life.publish(down=True)
    assert life.round().how == "done"


FULL_FROM = (
    "after round lock",
    "before archive file",
    "after archive file",
    "after insert stories",
    "before commit recorder._commit",
    "after commit recorder._commit",
    "before commit deliver._noted",
    "before commit report.close_round",
    "before alerts file",
)


def test_a_disk_that_is_full(life: Life, dice: random.Random) -> None:
    for point in FULL_FROM * 2 if WHOLE else dice.sample(FULL_FROM, 3):
        life.strike("the disk is full", lambda point=point: full(life, point))


def full(life: Life, point: str) -> None:
    home = Path(life.values["home"])
    ended = life.round("round_on_a_small_disk", chosen=point)
    if ended.value == "impossible":
        pytest.skip("this kernel gives no disk of one's own")
    assert ended.how == "done", ended.value
    shutil.rmtree(home)
    home.with_name("aside").rename(home)


def test_a_clock_that_jumps_back(life: Life, dice: random.Random) -> None:
    for _ in range(TIMES):
        life.strike("the clock jumps back", lambda: back(life, dice.uniform(1, 100)))


def back(life: Life, hours: float) -> None:
    life.hours -= hours
    assert life.round().how == "done"
    life.hours += hours


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_rounds_at_once(new_life: Callable[..., Life], tmp_path: Path, kind: str) -> None:
    """On one folder the second is refused; two machines on one PostgreSQL have no lock but the ledger's."""
    if kind == "sqlite":
        strike_together(new_life(), None)
        return
    with postgres_database() as url:
        strike_together(new_life(database_url=url), tmp_path / "other machine")


def strike_together(life: Life, other_home: Path | None) -> None:
    for _ in range(TIMES):
        life.strike(
            f"two rounds at once ({'PostgreSQL' if other_home else 'SQLite'})", lambda: together(life, other_home)
        )


def together(life: Life, other_home: Path | None) -> None:
    life.hours += STEP
    archive = str(Path(life.values["home"]) / "archive")
    second = life.values | ({"home": other_home, "archive_url": archive} if other_home else {})
    jobs = [life.zygote.start("whole_round", values=values, hours=life.hours) for values in (life.values, second)]
    ended = [job.end() for job in jobs]
    assert any(one.how == "done" for one in ended), ended
    assert all(one.how == "done" or "RoundRunning" in one.value for one in ended), ended


def test_two_deliveries_at_once(life: Life) -> None:
    for _ in range(TIMES):
        life.strike("two deliveries at once", lambda: both_deliver(life))


def both_deliver(life: Life) -> None:
    away(life)
    jobs = [life.zygote.start("deliver", values=life.values) for _ in range(2)]
    assert [job.end().how for job in jobs] == ["done", "done"]


def test_the_index_loses_documents_or_has_them_raised_by_hand(life: Life, dice: random.Random) -> None:
    for _ in range(TIMES):
        for fault, spoil in TAMPERED.items():
            life.strike(fault, lambda spoil=spoil: tampered(life, spoil, dice), between=lambda: repaired(life))


def tampered(life: Life, spoil: Callable[[Life, str, dict[str, object]], None], dice: random.Random) -> None:
    index = life.values["index"]
    life.elasticsearch("POST", f"/{index}/_refresh")
    hits = life.elasticsearch("GET", f"/{index}/_search?size=500")["hits"]["hits"]
    hit = dice.choice(hits)
    spoil(life, hit["_id"], hit["_source"])
    assert life.round().how == "done"


def removed(life: Life, name: str, _: dict[str, object]) -> None:
    life.elasticsearch("DELETE", f"/{life.values['index']}-write/_doc/{name}")


def raised(life: Life, name: str, source: dict[str, object]) -> None:
    life.elasticsearch("PUT", f"/{life.values['index']}-write/_doc/{name}?version=99&version_type=external", source)


def foreign(life: Life, _: str, source: dict[str, object]) -> None:
    life.elasticsearch("PUT", f"/{life.values['index']}-write/_doc/{'f' * 32}", source)


TAMPERED = {
    "somebody removes a document": removed,
    "somebody raises a document's version": raised,
    "somebody adds a document": foreign,
}
