"""The profile ``scale``: tasks run on two Celery workers; one of them dies, then the queue, and nothing is lost."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from pipeline.settings import CHECKOUT
from tests.stack.compose_file import SCALE, environment
from tests.stack.rehearsal.figures import Figures
from tests.stack.rehearsal.ingestion import assert_all_is_kept, is_settled, moment, new_work, rounds, story_ids
from tests.stack.rehearsal.recipe import recipe
from tests.stack.rehearsal.stack import SAMPLE, Stack, until

ADDED = CHECKOUT / "config" / "stack" / "scale.env"
WORKER, QUEUE = "airflow-worker", "redis"
TWO_HOSTS = "/var/lib/sitrep-sample/two-hosts.yaml"
OTHER_NAME = "newsroom.sitrep_default"
"""The newsroom's too. All feeds of a host are one collector's, and these two hosts are not the same one's."""
AWAY = 20.0


@pytest.fixture(scope="module")
def scaled(reference: set[str], running: Stack, figures: Figures) -> Iterator[Stack]:
    """The stack that ran without workers until now, with two of them."""
    renamed = f"sed -E 's#//newsroom:([0-9]*[02468])/#//{OTHER_NAME}:\\1/#' /var/lib/sitrep-sample/feeds.yaml"
    running.run(f'docker compose exec -T newsroom sh -c "{renamed} > {TWO_HOSTS}"')
    chosen = {"SITREP_FEEDS": TWO_HOSTS, "SITREP_ALLOW_HOSTS": f"newsroom,{OTHER_NAME}"}
    chosen["SITREP_POLL_SPREAD"] = "10"  # rounds are begun by hand and waited for here
    made = replace(running, files=(SAMPLE, ADDED), chosen={"COMPOSE_PROFILES": "sample,scale", **chosen})
    with figures.timed("from no worker to two, until all is healthy"):
        made.up()
    yield made
    running.run(recipe("Workers", 1))


@pytest.fixture(scope="module")
def stories(scaled: Stack) -> set[str]:
    """Ids of the stories of an undisturbed round on workers."""
    new_work(scaled)
    since = moment(scaled)
    until(lambda: rounds(scaled, since) > 0, "a first round on workers", 600)
    return story_ids(scaled)


def test_secrets_from_before_this_profile_start_all_the_others(running: Stack) -> None:
    running.run("grep -v REDIS_PASSWORD .env > older")
    running.run("COMPOSE_ENV_FILES=older docker compose config --quiet")
    refused = running.run(
        "COMPOSE_ENV_FILES=older docker compose --profile scale run --rm --no-deps redis", check=False
    )
    assert refused.returncode != 0
    assert "REDIS_PASSWORD" in refused.stdout + refused.stderr


def test_all_tasks_run_on_the_workers_and_both_have_some(stories: set[str], scaled: Stack) -> None:
    assert len(stories) > 50
    assert_all_is_kept(scaled, stories)
    workers = {container[:12] for container in scaled.containers(WORKER)}
    assert len(workers) == 2
    asked = "SELECT DISTINCT hostname FROM task_instance WHERE state = 'success' AND queued_dttm > '{}'"
    since = moment(scaled)
    until(
        lambda: set(scaled.sql(asked.format(since), "airflow")) == workers, "tasks on both workers, and only there", 600
    )


def test_a_round_is_divided(stories: set[str], scaled: Stack) -> None:
    """Both collectors of the first round found feeds of theirs."""
    asked = "SELECT count(DISTINCT map_index) FROM task_instance WHERE task_id = 'collect' AND map_index >= 0"
    assert scaled.sql(f"{asked} AND state = 'success'", "airflow") == ["2"]
    hosts = scaled.sql("SELECT DISTINCT split_part(url, ':', 2) FROM fetches WHERE kind = 'feed' ORDER BY 1")
    assert hosts == ["//newsroom", f"//{OTHER_NAME}"]


def test_every_setting_of_celery_exists(scaled: Stack) -> None:
    told = "from airflow.providers.celery.get_provider_info import get_provider_info as told; import json"
    shown = "print(json.dumps({name: list(section['options']) for name, section in told()['config'].items()}))"
    answer = scaled.run(f'docker compose exec -T {WORKER} python -c "{told}; {shown}"').stdout
    known = json.loads(answer.splitlines()[-1])
    given = [name.split("__")[1:] for name in environment(WORKER) if name.startswith("AIRFLOW__CELERY")]
    assert given
    assert [each for each in given if each[1].lower() not in known[each[0].lower()]] == []


def test_memory_of_a_worker_is_far_below_its_limit(stories: set[str], scaled: Stack, figures: Figures) -> None:
    new_work(scaled)
    until(lambda: len(story_ids(scaled)) >= 0.2 * len(stories), "a round at work", 300)
    for service in sorted(SCALE):
        for container in scaled.containers(service):
            told = scaled.engine.docker("stats", "--no-stream", "--format", "{{.MemUsage}} {{.MemPerc}}", container)
            *used, share = told.split()
            figures.note(f"memory of {service} within a round ({container[:4]})", " ".join(used))
            assert float(share.removesuffix("%")) < 90


def test_a_worker_that_dies_in_mid_task_loses_nothing(stories: set[str], scaled: Stack, figures: Figures) -> None:
    new_work(scaled)
    until(lambda: len(story_ids(scaled)) >= 0.2 * len(stories), "a round at work", 300)
    at_work = "SELECT run_id, hostname FROM task_instance WHERE task_id = 'collect' AND state = 'running'"
    run, victim = scaled.sql(at_work, "airflow")[0].split("|")
    since = moment(scaled)
    scaled.engine.docker("kill", victim)
    with figures.timed("a worker killed in mid-task, until its stories are all there"):
        until(lambda: is_settled(scaled, stories, since), "the other worker does its work", 900)
    tries = f"SELECT max(try_number) FROM task_instance WHERE task_id = 'collect' AND run_id = '{run}'"
    assert int(scaled.sql(tries, "airflow")[0]) > 1
    assert_all_is_kept(scaled, stories)
    scaled.engine.docker("start", victim)


def test_the_queue_dies_and_comes_back_and_rounds_go_on(stories: set[str], scaled: Stack, figures: Figures) -> None:
    new_work(scaled)
    until(lambda: len(story_ids(scaled)) >= 0.2 * len(stories), "a round at work", 300)
    (queue,) = scaled.containers(QUEUE)
    scaled.engine.docker("kill", queue)
    time.sleep(AWAY)
    scaled.engine.docker("start", queue)
    since = moment(scaled)
    with figures.timed(f"the queue away for {AWAY:.0f} s in mid-round, then until its stories are all there"):
        until(lambda: is_settled(scaled, stories, since), "rounds go on", 1200)
    assert_all_is_kept(scaled, stories)
    until(lambda: rounds(scaled, since) > 1, "one more round", 300)
    until(lambda: all(is_healthy(scaled, worker) for worker in scaled.containers(WORKER)), "both workers are well", 300)


def test_and_back_to_no_worker(stories: set[str], scaled: Stack, running: Stack) -> None:
    running.run(recipe("Workers", 1))
    assert scaled.containers(WORKER) == []
    since = moment(running)
    until(lambda: is_settled(running, stories, since), "rounds go on without workers", 600)
    assert_all_is_kept(running, story_ids(running) | stories)


def is_healthy(stack: Stack, container: str) -> bool:
    return stack.engine.docker("inspect", "--format", "{{.State.Health.Status}}", container) == "healthy"
