"""The stack starts in its order, from nothing, and rounds begin; what is wrong with it is named."""

import pytest

from tests.stack.rehearsal.events import HEALTHY, Events
from tests.stack.rehearsal.figures import Figures
from tests.stack.rehearsal.ingestion import assert_all_is_kept, rounds
from tests.stack.rehearsal.stack import LASTING, NOTHING_CHANGED, Stack, until

ORDER = (
    ("elasticsearch", HEALTHY),
    ("kibana-password", "start"),
    ("kibana-password", "die"),
    ("kibana", "start"),
    ("kibana", HEALTHY),
    ("setup", "start"),
    ("setup", "die"),
    ("airflow-init", "start"),
    ("airflow-init", "die"),
    ("airflow-apiserver", "start"),
    ("airflow-apiserver", HEALTHY),
    ("airflow-scheduler", "start"),
    ("airflow-scheduler", HEALTHY),
)
MADE = ("index news-v1", "role sitrep-writer", "API key sitrep-reader", "board Stories (news)", "role analyst")


def test_everything_starts_in_its_order(running: Stack, events: Events) -> None:
    moments = [events.first(service, kind) for service, kind in ORDER]
    assert moments == sorted(moments)
    assert events.first("postgres", HEALTHY) < events.first("setup", "start")
    assert events.first("newsroom", HEALTHY) < events.first("airflow-scheduler", "start")


def test_everything_gets_healthy_and_what_ends_ends_well(running: Stack, events: Events) -> None:
    assert running.unhealthy() == []
    ended = {each.service: each.exit_code for each in events.all() if each.kind == "die"}
    assert ended == dict.fromkeys(("kibana-password", "setup", "airflow-init"), "0")


def test_setup_told_what_it_made_and_a_second_one_changes_nothing(running: Stack) -> None:
    told = running.run("docker compose logs --no-log-prefix setup").stdout
    for made in MADE:
        assert f"created {made}" in told
    assert running.run("docker compose run --rm setup").stdout == NOTHING_CHANGED


def test_rounds_run_by_the_schedule_and_deliver(reference: set[str], running: Stack, figures: Figures) -> None:
    assert len(reference) > 50
    assert_all_is_kept(running, reference)
    until(lambda: rounds(running) > 1, "a second round", 300)
    took = "SELECT round(extract(epoch FROM min(end_date - start_date))) FROM dag_run WHERE dag_id = 'ingest'"
    figures.note("a round without news", f"{running.sql(took, 'airflow')[0]} s")


def test_the_days_upkeep_needs_no_more_rights_than_rounds(reference: set[str], running: Stack) -> None:
    asked = "SELECT state FROM dag_run WHERE dag_id = 'maintenance'"
    until(lambda: running.sql(asked, "airflow") == ["success"], "audit and prune by the schedule", 300)


def test_memory_at_rest_is_far_below_the_limits(reference: set[str], running: Stack, figures: Figures) -> None:
    form = "{{.Name}} {{.MemUsage}} {{.MemPerc}}"
    told = running.engine.docker("stats", "--no-stream", "--format", form).splitlines()
    assert len(told) == len(LASTING)
    for line in told:
        name, *used, share = line.split()
        figures.note(f"memory of {name.removeprefix('sitrep-').removesuffix('-1')}", " ".join(used))
        assert float(share.removesuffix("%")) < 90


@pytest.mark.parametrize(
    ("change", "status", "told"),
    [
        ("SITREP_ELASTICSEARCH_PASSWORD=wr0ng", 2, "asks for other credentials (401)"),
        ("SITREP_ELASTICSEARCH_PASSWORD=", 2, "SITREP_ELASTICSEARCH_PASSWORD"),
        ("SITREP_KIBANA_URL=http://kibana:5602", 4, "Kibana at http://kibana:5602 does not answer"),
        ("SITREP_ELASTICSEARCH_URL=http://nowhere:9200", 4, "nowhere:9200"),
    ],
)
def test_setup_names_what_is_wrong(running: Stack, change: str, status: int, told: str) -> None:
    command = f"docker compose run --rm --no-deps --env {change} setup setup --wait 3 --keys /var/lib/sitrep-keys"
    done = running.run(command, check=False)
    assert done.returncode == status, done.stderr
    assert told in done.stderr
    assert "wr0ng" not in done.stdout + done.stderr


def test_without_a_secret_nothing_starts(running: Stack) -> None:
    without = "sed 's/^ELASTIC_PASSWORD=.*/ELASTIC_PASSWORD=/' .env > bare"
    done = running.run(f"{without}; COMPOSE_ENV_FILES=bare docker compose up -d", check=False)
    assert done.returncode != 0
    assert "ELASTIC_PASSWORD" in done.stderr
    assert "make env" in done.stderr
