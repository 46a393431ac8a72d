"""A round is killed at every place where something is written or sent: the next one ends as if nothing had happened."""

import random
import time
from collections import Counter
from collections.abc import Callable

import pytest

from tests.faults import syscalls
from tests.faults.conftest import WHOLE
from tests.faults.life import Life
from tests.faults.proxy import Proxy, killing
from tests.faults.zygote import Job
from tests.support.site import Site

pytestmark = pytest.mark.timeout(7200 if WHOLE else 300)


def some(dice: random.Random, places: list[str], count: int) -> list[str]:
    return places if WHOLE else sorted(dice.sample(places, min(count, len(places))))


def test_killed_at_named_points(life: Life, dice: random.Random) -> None:
    life.news()
    crossed = life.round("round_with_points")
    assert crossed.how == "done", crossed.value
    counts = Counter(crossed.value)
    for point in some(dice, sorted(counts), 10):
        times = dice.randint(1, counts[point])
        life.strike(f"SIGKILL {kind(point)}", lambda point=point, times=times: killed_at(life, point, times))


def kind(point: str) -> str:
    """What the table calls a point: one row for each thing that is written or sent."""
    when, first, *rest = point.split()
    if first in ("insert", "update", "delete"):
        return "after a statement in a transaction"
    named = {"commit": "a commit", "request": "a request to a site", "index": "a request to the index"}
    return f"{when} {named.get(first) or ' '.join((first, *rest))}"


def killed_at(life: Life, point: str, times: int) -> None:
    """A round does not always cross a point as often as the one before; once it does."""
    ended = life.round("round_with_points", chosen=point, nth=times)
    if ended.how != "killed":
        assert ended.how == "done", ended.value
        life.news()
        life.round("round_with_points", chosen=point, nth=1)


@pytest.mark.skipif(not syscalls.possible(), reason="system calls are counted on Linux on x86-64 and aarch64 only")
def test_killed_at_system_calls(life: Life, dice: random.Random) -> None:
    life.news()
    counted = life.round("round_with_syscalls", kill_at=None)
    assert counted.how == "done", counted.value
    calls = counted.value.calls
    assert calls > 100
    step = 20 if WHOLE else calls // 8
    for number in range(dice.randint(1, step), calls, step):
        life.strike("SIGKILL before a system call that writes or sends", lambda number=number: called(life, number))


def called(life: Life, number: int) -> None:
    ended = life.round("round_with_syscalls", kill_at=number)
    assert ended.how == "done"
    assert ended.value.killed or ended.value.calls < number


def test_killed_at_requests_to_the_site(life: Life, site: Site, dice: random.Random) -> None:
    for number in range(1, 12) if WHOLE else dice.sample(range(1, 10), 3):
        life.strike("SIGKILL at a request to a site", lambda number=number: asked(life, site, number))


def asked(life: Life, site: Site, number: int) -> None:
    left = [number]
    job: list[Job] = []

    def notice(_path: str) -> None:
        left[0] -= 1
        if left[0] == 0:
            job[0].kill()

    site.noticed = notice
    begin_round(life, job)
    site.noticed = lambda _path: None


def begin_round(life: Life, job: list[Job]) -> None:
    life.hours += 12
    job.append(life.zygote.start("whole_round", values=life.values, hours=life.hours))
    job[0].end()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_requests_to_the_index(life: Life, proxy: Proxy, dice: random.Random, after: bool) -> None:
    for number in range(17) if WHOLE else dice.sample(range(15), 3):
        words = "after the index has done a request" if after else "before the index gets a request"
        life.strike(f"SIGKILL {words}", lambda number=number: delivered(life, proxy, number, after))


def delivered(life: Life, proxy: Proxy, number: int, after: bool) -> None:
    job: list[Job] = []
    proxy.plan(killing(lambda: job[0].kill(), after=after), ending="", skip=number)
    begin_round(life, job)
    proxy.peace()


def test_killed_at_random_moments(life: Life, dice: random.Random) -> None:
    begun = time.monotonic()
    life.recover()
    usual = time.monotonic() - begun
    for _ in range(15 if WHOLE else 3):
        moment = dice.uniform(0, 1.5 * usual)
        life.strike("SIGKILL at a random moment", lambda moment=moment: killed_after(life, moment))


def killed_after(life: Life, seconds: float) -> None:
    life.hours += 12
    job = life.zygote.start("whole_round", values=life.values, hours=life.hours)
    time.sleep(seconds)
    job.kill()
    job.end()


def test_killed_twice_in_a_row(life: Life, dice: random.Random) -> None:
    points = ["after commit recorder._commit", "after archive file", "after index POST _bulk of stories"]
    for first in points if WHOLE else points[:1]:
        life.strike(
            "SIGKILL in two rounds one after the other", lambda first=first: twice(life, first, dice.choice(points))
        )


def twice(life: Life, *points: str) -> None:
    for point in points:
        life.round("round_with_points", chosen=point)


def test_killed_rounds_on_postgresql(new_life: Callable[..., Life], dice: random.Random) -> None:
    from tests.support.databases import postgres_database

    with postgres_database() as url:
        life = new_life(database_url=url)
        life.news()
        counts = Counter(life.round("round_with_points").value)
        points = sorted(point for point in counts if "commit" in point or "insert" in point or "update" in point)
        for point in some(dice, points, 3):
            life.strike("SIGKILL in a transaction on PostgreSQL", lambda point=point: killed_at(life, point, 1))


def test_a_first_round_killed_before_there_is_anything(life: Life, dice: random.Random) -> None:
    """Migrations and the making of indices, too."""
    import shutil

    index = str(life.values["index"])
    for number in dice.sample(range(1, 900), 8 if WHOLE else 1):
        life.hours = 0
        for name in ("ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"):
            (life.values["home"] / name).unlink(missing_ok=True)
        shutil.rmtree(life.values["home"] / "archive", ignore_errors=True)
        shutil.rmtree(life.values["home"] / "alerts", ignore_errors=True)
        for name in life.elasticsearch("GET", f"/{index}-*") or ():
            life.elasticsearch("DELETE", f"/{name}")
        for template in ("stories", "runs", "feeds", "alerts"):
            life.elasticsearch("DELETE", f"/_index_template/{index}-{template}")
        life.articles.clear()
        life.strike("SIGKILL in the very first round", lambda number=number: called(life, number))
