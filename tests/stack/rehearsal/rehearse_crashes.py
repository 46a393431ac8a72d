"""Each container dies as by a crash, in the middle of a round or beside it: nothing is lost."""

import pytest

from tests.stack.rehearsal.figures import Figures
from tests.stack.rehearsal.ingestion import assert_all_is_kept, is_settled, moment, new_work, story_ids
from tests.stack.rehearsal.stack import LASTING, Stack, until

IN_ROUNDS = {"postgres": 0.2, "elasticsearch": 0.9, "airflow-apiserver": 0.2, "airflow-scheduler": 0.2}
"""A round cannot do without them → after which share of its stories they are killed. Delivery comes last."""


@pytest.mark.parametrize("service", IN_ROUNDS)
def test_a_crash_in_mid_round_loses_nothing(
    reference: set[str], running: Stack, service: str, figures: Figures
) -> None:
    new_work(running)
    until(lambda: len(story_ids(running)) >= IN_ROUNDS[service] * len(reference), "a round at work", 180)
    assert running.sql("SELECT count(*) FROM outbox") != ["0"], "the round was over too soon"
    since = moment(running)
    running.kill(service)
    with figures.timed(f"{service} killed in mid-round, until its stories are all there"):
        until(lambda: is_settled(running, reference, since), f"all is well again without the old {service}", 900)
    assert_all_is_kept(running, reference)


@pytest.mark.parametrize("service", sorted(set(LASTING) - set(IN_ROUNDS)))
def test_a_crash_beside_the_rounds_is_mended(reference: set[str], running: Stack, service: str) -> None:
    started, since = running.state(service)["StartedAt"], moment(running)
    running.kill(service)
    until(lambda: running.state(service)["StartedAt"] != started, f"{service} is started again", 60)
    until(lambda: is_settled(running, reference, since), f"all is well again without the old {service}", 300)
    assert_all_is_kept(running, story_ids(running) | reference)
