"""Stop and start, upkeep, backup and restore, as docs/operations.md tells them."""

from tests.stack.rehearsal.figures import Figures
from tests.stack.rehearsal.ingestion import assert_all_is_kept, is_settled, moment, story_ids
from tests.stack.rehearsal.recipe import recipe
from tests.stack.rehearsal.stack import NOTHING_CHANGED, Stack, until


def test_down_and_up_again_keeps_all_data(reference: set[str], running: Stack, figures: Figures) -> None:
    ids, key = story_ids(running), running.key("reader")
    running.run("docker compose down")
    with figures.timed("start with data, until all is healthy"):
        running.up()
    assert running.run("docker compose logs --no-log-prefix setup").stdout == NOTHING_CHANGED
    assert running.key("reader") == key
    assert running.kibana(running.superuser(), "/api/dashboards/sitrep-news-health")[0] == 200
    since = moment(running)
    until(lambda: is_settled(running, ids, since), "rounds go on", 300)
    assert_all_is_kept(running, story_ids(running) | ids)


def test_what_airflow_would_keep_for_ever_can_be_removed(reference: set[str], running: Stack) -> None:
    old, count = "/opt/airflow/logs/old.log", "SELECT count(*) FROM dag_run"
    running.run(f"docker compose exec -T airflow-scheduler touch --date '31 days ago' {old}")
    before = int(running.sql(count, "airflow")[0])
    running.run(recipe("Airflow's own history"))
    assert int(running.sql(count, "airflow")[0]) >= before
    left = running.run("docker compose exec -T airflow-scheduler find /opt/airflow/logs -name '*.log'").stdout
    assert old not in left.splitlines()
    assert "attempt=1.log" in left


def test_all_but_the_backup_is_lost_and_comes_back(reference: set[str], running: Stack, figures: Figures) -> None:
    (running.folder / "somewhere-safe").mkdir()
    for _ in range(2):  # a later one takes the place of the one before
        running.run(recipe("Backup"))
    ids, pages = story_ids(running), archived(running)
    snapshot(running)
    running.run("docker compose down --volumes")
    with figures.timed("restore, until the audit"):
        told = running.run(recipe("Restore")).stdout
    assert "balanced  yes" in told
    assert_all_is_kept(running, story_ids(running) | ids)
    found = archived(running)
    assert found >= pages
    assert not [file for file in found if file.count("/archive/") > 1]


def archived(stack: Stack) -> set[str]:
    """The files of the raw archive."""
    place = "/var/lib/sitrep/archive"
    return set(stack.run(f"docker compose exec -T airflow-scheduler find {place} -type f").stdout.splitlines())


def snapshot(stack: Stack) -> None:
    """The recipe's, with the password from a file where a person would be asked for it."""
    file = stack.folder / "netrc"
    file.write_text(f"machine localhost login elastic password {stack.settings['ELASTIC_PASSWORD']}\n")
    typed = recipe("Backup", 1)
    assert "curl -u elastic " in typed
    port = stack.settings["ELASTICSEARCH_PORT"]
    typed = typed.replace("curl -u elastic ", "curl --silent --fail --netrc-file netrc ")
    told = stack.run(typed.replace("localhost:9200", f"localhost:{port}")).stdout
    assert '"state":"SUCCESS"' in told
