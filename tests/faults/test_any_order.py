"""Rounds, crashes, upkeep and time in any order: Hypothesis looks for one that breaks what has to hold.

After every step the ledger agrees with itself and the index is not ahead of it. Once an ordinary round has ended, all
is as ``Life.check`` wants it: every entry in its state, every story one document of its newest version, audit clean.
"""

import random
import tempfile
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from pipeline.adapters.ledger import entries, stories
from pipeline.adapters.ledger.database import Ledger
from pipeline.adapters.ledger.schema import runs
from tests.faults.conftest import SEED, WHOLE
from tests.faults.life import Life, found, ledger_url
from tests.faults.points import ANY
from tests.faults.proxy import Proxy, hanging_up, losing_the_answer, refusing, rejecting_one
from tests.faults.zygote import Ended, Zygote
from tests.support.hook import open_hook
from tests.support.site import open_site

pytestmark = pytest.mark.timeout(7200 if WHOLE else 300)

REFUSALS = {
    "busy": refusing(503),
    "slow down": refusing(429),
    "hung up": hanging_up,
    "answer lost": losing_the_answer,
    "one document": rejecting_one(429),
}
LONGEST_DARK = 10.0
"""Days without an ordinary round: with more, copies of one text would arrive too far apart to be folded."""
MOMENTS = st.none() | st.integers(1, 120)
"""Of a piece of upkeep: undisturbed, or killed at so many points."""


class Newsroom(RuleBasedStateMachine):
    """Conditions of rules keep a step from being like the one before, so that few steps try much.

    ``calm``: nothing has happened since an ordinary round. ``told``: there has been news since.
    """

    def __init__(self, zygote: Zygote, proxy: Proxy, elasticsearch: Callable[..., Any]) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._zygote, self._proxy, self._ask = zygote, proxy, elasticsearch
        self._known: dict[str, int] = {}
        self._rules = 0
        self._dark = 0.0
        self._calm = False
        self._told = True

    @initialize(seed=st.integers(0, 2**20))
    def opens(self, seed: int) -> None:
        self._proxy.peace()
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        site, hook = self._stack.enter_context(open_site()), self._stack.enter_context(open_hook())
        self._index = f"test-{uuid.uuid4().hex[:12]}"
        values = {"elasticsearch_url": self._proxy.url, "index": self._index, "retain_raw_days": 2}
        self._life: Life = found(site, hook, folder / "home", self._zygote, self._ask, seed, **values)
        self._life.news()

    @precondition(lambda self: not self._told)
    @rule()
    def news_breaks(self) -> None:
        """New stories, copies and a change."""
        self._life.news()
        self._calm, self._told = False, True

    @precondition(lambda self: self._known and not self._life.hidden)
    @rule(seed=st.integers(0, 999), share=st.sampled_from([0.2, 0.6]))
    def articles_vanish_from_the_feeds(self, seed: int, share: float) -> None:
        """Of those whose present edition is in the ledger: what nobody has seen cannot be known."""
        chance = random.Random(seed)
        articles = self._life.articles.items()
        seen = [path for path, article in articles if self._known.get(path) == article.edition]
        self._life.hidden |= {path for path in seen if chance.random() < share}
        self._life.publish()
        self._calm = False

    @precondition(lambda self: self._life.hidden)
    @rule()
    def articles_return(self) -> None:
        self._life.hidden.clear()
        self._life.publish()
        self._calm = False

    @precondition(lambda self: self._dark < LONGEST_DARK)
    @rule(days=st.sampled_from([0.5, 2.0, 4.0]))
    def time_passes(self, days: float) -> None:
        self._life.hours += 24 * days
        self._dark += days
        self._calm = False

    @precondition(lambda self: self._dark < LONGEST_DARK)
    @rule(moment=st.integers(1, 260))
    def a_round_is_killed(self, moment: int) -> None:
        self._disturbed(self._life.round("round_with_points", chosen=ANY, nth=moment))

    @precondition(lambda self: self._dark < LONGEST_DARK)
    @rule(how=st.sampled_from(sorted(REFUSALS)), every=st.booleans())
    def the_index_refuses_a_delivery(self, how: str, every: bool) -> None:
        ending = f"/{self._index}-write/_bulk"  # the boards' own requests have other items
        self._proxy.plan(REFUSALS[how], ending=ending, times=1000 if every else 1)
        self._disturbed(self._life.round())
        self._proxy.peace()

    @rule(moment=MOMENTS)
    def the_index_is_built_anew(self, moment: int | None) -> None:
        self._upkeep("reindex_with_points", moment)

    @rule(moment=MOMENTS)
    def all_is_told_again(self, moment: int | None) -> None:
        self._rules += 1
        self._disturbed(self._life.ruled_anew(self._rules, **_killed_at(moment)))

    @rule(moment=MOMENTS)
    def old_pages_are_pruned(self, moment: int | None) -> None:
        self._life.pruned = True
        self._upkeep("prune_with_points", moment, hours=self._life.hours)

    @precondition(lambda self: not self._calm)
    @rule()
    def an_ordinary_round(self) -> None:
        """Sets everything right, whatever has happened before."""
        self._life.recover()
        self._known = {path: article.edition for path, article in self._life.articles.items()}
        self._life.check()
        self._calm, self._told, self._dark = True, False, 0.0

    @invariant()
    def the_ledger_agrees_with_itself(self) -> None:
        if not Path(self._life.values["home"], "ledger.sqlite").exists():
            return
        with Ledger(ledger_url(self._life.values)) as ledger, ledger.read() as connection:
            assert entries.broken_rows(connection) == []
            assert sum(entries.states(connection).values()) == entries.total(connection)
            ended = connection.execute(select(runs.c.report).where(runs.c.report.is_not(None))).scalars()
            assert all(report["balanced"] for report in ended)
            held = {story.id: story for story in stories.page_after(connection, "", 100_000)}
        assert max(Counter(story.url for story in held.values()).values(), default=1) == 1
        assert all(held[story.cluster_id].copy_of is None for story in held.values())
        self._index_is_not_ahead({name: (story.revision, story.version) for name, story in held.items()})

    def _index_is_not_ahead(self, held: dict[str, tuple[int, int]]) -> None:
        answer = self._ask("POST", f"/{self._index}/_search?ignore_unavailable=true", {"size": 5000}) or {}
        for hit in answer.get("hits", {}).get("hits", ()):
            document = hit["_source"]
            assert (document["revision"], document["version"]) <= held[hit["_id"]]

    def teardown(self) -> None:
        try:
            if not self._calm:
                self.an_ordinary_round()
        finally:
            self._stack.close()
            for index in self._ask("GET", f"/{self._index}*?expand_wildcards=all") or {}:
                self._ask("DELETE", f"/{index}")
            self._ask("DELETE", f"/_index_template/{self._index}*")

    def _upkeep(self, job: str, moment: int | None, **more: Any) -> None:
        self._disturbed(self._zygote.run(job, values=self._life.values, **_killed_at(moment), **more))

    def _disturbed(self, ended: Ended) -> None:
        """Whoever was not killed has done its work."""
        assert ended.how in ("done", "killed"), ended.value
        self._calm = False
        self._dark += 0.5


def _killed_at(moment: int | None) -> dict[str, Any]:
    return {} if moment is None else {"chosen": ANY, "nth": moment}


def test_any_order_of_rounds_crashes_and_upkeep_keeps_what_has_to_hold(
    zygote: Zygote, proxy: Proxy, elasticsearch: Callable[..., Any]
) -> None:
    wanted = settings(
        max_examples=40 if WHOLE else 3,
        stateful_step_count=14 if WHOLE else 8,
        derandomize=not WHOLE or SEED == 1,
        database=None,
        phases=(Phase.generate,),  # making a failure shorter takes as long as a hundred others
        suppress_health_check=list(HealthCheck),
        deadline=None,
    )
    run_state_machine_as_test(lambda: Newsroom(zygote, proxy, elasticsearch), settings=wanted)
