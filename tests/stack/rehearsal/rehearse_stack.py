"""The whole stack in containers, once through: start, rounds, crashes, stop and start, backup and restore.

``make test-stack``. One story: the tests go on from each other, in the order in which they stand here.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.conftest import USERS_CACHE
from tests.stack.rehearsal.engine import Engine, engine, missing
from tests.stack.rehearsal.events import HEALTHY, Events, watched
from tests.stack.rehearsal.images import build_images
from tests.stack.rehearsal.recipe import recipe
from tests.stack.rehearsal.stack import LASTING, Stack, basic, new_stack, until

REASON = missing()
pytestmark = [
    pytest.mark.skipif(bool(REASON), reason=f"the stack cannot be rehearsed here: {REASON}"),
    pytest.mark.timeout(3600),
]
EVERY_MINUTE = "* * * * *"
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
IN_ROUNDS = {"postgres": 0.2, "elasticsearch": 0.9, "airflow-apiserver": 0.2, "airflow-scheduler": 0.2}
"""A round cannot do without them → after which share of its stories they are killed. Delivery comes last."""
MADE = ("index news-v1", "role sitrep-writer", "API key sitrep-reader", "board Stories (news)", "role analyst")
NOTHING = "all is as it should be; nothing changed\n"
FOREIGN = {"title": "not ours"}


@pytest.fixture(scope="module")
def figures() -> Iterator[dict[str, str]]:
    """What was measured, shown at the end."""
    found: dict[str, str] = {}
    yield found
    sys.stderr.write("\n" + "".join(f"{name}: {value}\n" for name, value in found.items()))


@contextmanager
def timed(figures: dict[str, str], name: str) -> Iterator[None]:
    start = time.monotonic()
    yield
    figures[name] = f"{time.monotonic() - start:.0f} s"


@pytest.fixture(scope="module")
def machine(figures: dict[str, str]) -> Iterator[Engine]:
    """With all images built; they are kept for the next time."""
    cache = USERS_CACHE / "rehearsal"
    cache.mkdir(parents=True, exist_ok=True)
    with engine(cache) as started:
        with timed(figures, "stand-in images"):
            build_images(started)
        yield started


@pytest.fixture(scope="module")
def stack(machine: Engine, tmp_path_factory: pytest.TempPathFactory, figures: dict[str, str]) -> Iterator[Stack]:
    made = new_stack(machine, tmp_path_factory.mktemp("stack"), EVERY_MINUTE)
    with timed(figures, "Sitrep's image"):
        made.run("docker compose build")
    made.run("docker compose down --volumes")
    yield made
    made.run("docker compose down --volumes")


@pytest.fixture(scope="module")
def events(stack: Stack) -> Iterator[Events]:
    with watched(stack.engine, stack.folder / "events") as seen:
        yield seen


@pytest.fixture(scope="module")
def running(stack: Stack, events: Events, figures: dict[str, str]) -> Stack:
    with timed(figures, "first start, until all is healthy"):
        stack.up()
    return stack


@pytest.fixture(scope="module")
def reference(running: Stack) -> set[str]:
    """Ids of the stories of the first, undisturbed round."""
    until(lambda: rounds(running) > 0, "a first round by the schedule", 600)
    return story_ids(running)


def rounds(stack: Stack, after: str = "1970-01-01") -> int:
    """How many have succeeded by the schedule since."""
    asked = "SELECT count(*) FROM dag_run WHERE dag_id = 'ingest' AND run_type = 'scheduled' AND state = 'success'"
    return int(stack.sql(f"{asked} AND start_date > '{after}'", "airflow")[0])


def moment(stack: Stack) -> str:
    return stack.sql("SELECT now()")[0]


def story_ids(stack: Stack) -> set[str]:
    return set(stack.sql("SELECT id FROM stories"))


def assert_all_is_kept(stack: Stack, ids: set[str]) -> None:
    """Ledger and index hold exactly these stories, and every entry is accounted for."""
    assert story_ids(stack) == ids
    found = stack.command("audit")
    assert found["balanced"]
    assert (found["missing"], found["extra"], found["stale"]) == ([], [], [])
    assert found["documents"] == found["stories"] == len(ids)


def setup_again(stack: Stack) -> str:
    return stack.run("docker compose run --rm setup").stdout


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
    assert setup_again(running) == NOTHING


def test_rounds_run_by_the_schedule_and_deliver(reference: set[str], running: Stack, figures: dict[str, str]) -> None:
    assert len(reference) > 50
    assert_all_is_kept(running, reference)
    until(lambda: rounds(running) > 1, "a second round", 300)
    took = "SELECT round(extract(epoch FROM min(end_date - start_date))) FROM dag_run WHERE dag_id = 'ingest'"
    figures["a round without news"] = f"{running.sql(took, 'airflow')[0]} s"


def test_memory_at_rest_is_far_below_the_limits(reference: set[str], running: Stack, figures: dict[str, str]) -> None:
    form = "{{.Name}} {{.MemUsage}} {{.MemPerc}}"
    told = running.engine.docker("stats", "--no-stream", "--format", form).splitlines()
    assert len(told) == len(LASTING)
    for line in told:
        name, *used, share = line.split()
        figures[f"memory of {name.removeprefix('sitrep-').removesuffix('-1')}"] = " ".join(used)
        assert float(share.removesuffix("%")) < 90


def test_the_readers_key_finds_stories_and_no_key_does_more_than_it_must(reference: set[str], running: Stack) -> None:
    reader, writer = running.key("reader"), running.key("writer")
    query = {"query": {"match": {"text": "ceasefire"}}}
    status, found = running.elasticsearch(reader, "POST", "/news/_search", query)
    assert status == 200
    assert found["hits"]["total"]["value"] > 0
    for login, method, path, body in (
        (reader, "PUT", "/news-v1/_doc/foreign", FOREIGN),
        (reader, "DELETE", "/news-v1", None),
        (writer, "DELETE", "/news-v1", None),
        (writer, "PUT", "/elsewhere/_doc/1", FOREIGN),
        (writer, "GET", "/_security/user", None),
    ):
        assert running.elasticsearch(login, method, path, body)[0] == 403
    assert running.elasticsearch("", "POST", "/news/_search", query)[0] == 401
    assert running.elasticsearch(basic("elastic", "guessed"), "POST", "/news/_search", query)[0] == 401


def test_a_stem_finds_the_other_forms_of_a_word(reference: set[str], running: Stack) -> None:
    asked = {"analyzer": "news_text", "text": "Café owners and the army's soldiers are fighting"}
    status, found = running.elasticsearch(running.superuser(), "POST", "/news-v1/_analyze", asked)
    assert status == 200
    tokens = [token["token"] for token in found["tokens"]]
    assert tokens == ["cafe", "owner", "army", "soldier", "fight"]


def test_an_analyst_reads_boards_and_stories_and_changes_nothing(reference: set[str], running: Stack) -> None:
    person, password = "ana", "a long enough password"
    body = {"password": password, "roles": ["analyst"]}
    assert running.elasticsearch(running.superuser(), "PUT", f"/_security/user/{person}", body)[0] == 200
    login = basic(person, password)
    assert running.kibana(login, "/api/dashboards/sitrep-news-stories")[0] == 200
    assert running.elasticsearch(login, "POST", "/news/_search", {})[0] == 200
    assert running.elasticsearch(login, "PUT", "/news-v1/_doc/foreign", FOREIGN)[0] == 403
    assert running.kibana(basic(person, "guessed"), "/api/dashboards/sitrep-news-stories")[0] == 401


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


def new_work(stack: Stack) -> None:
    """As on the first day: nothing known, nothing indexed, and the newsroom at its first hour."""
    before = rounds(stack)
    until(lambda: rounds(stack) > before, "a round that ended just now", 180)
    tables = stack.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'")
    stack.run("docker compose restart newsroom")
    stack.sql(f"TRUNCATE {','.join(tables)}")
    stack.run("docker compose run --rm setup reindex")


def is_done(stack: Stack, ids: set[str], since: str) -> bool:
    """A later round has ended well, and what the interrupted one had begun is all there."""
    if stack.unhealthy():
        return False
    waiting = stack.sql("SELECT count(*) FROM outbox")[0]
    return waiting == "0" and story_ids(stack) >= ids and rounds(stack, since) > 0


@pytest.mark.parametrize("service", IN_ROUNDS)
def test_a_crash_in_mid_round_loses_nothing(
    reference: set[str], running: Stack, service: str, figures: dict[str, str]
) -> None:
    new_work(running)
    until(lambda: len(story_ids(running)) >= IN_ROUNDS[service] * len(reference), "a round at work", 180)
    assert running.sql("SELECT count(*) FROM outbox") != ["0"], "the round was over too soon"
    since = moment(running)
    running.kill(service)
    with timed(figures, f"{service} killed in mid-round, until its stories are all there"):
        until(lambda: is_settled(running, reference, since), f"all is well again without the old {service}", 900)
    assert_all_is_kept(running, reference)


def is_settled(stack: Stack, ids: set[str], since: str) -> bool:
    """False also while the database is away."""
    try:
        return is_done(stack, ids, since)
    except AssertionError:
        return False


@pytest.mark.parametrize("service", sorted(set(LASTING) - set(IN_ROUNDS)))
def test_a_crash_beside_the_rounds_is_mended(reference: set[str], running: Stack, service: str) -> None:
    started, since = running.state(service)["StartedAt"], moment(running)
    running.kill(service)
    until(lambda: running.state(service)["StartedAt"] != started, f"{service} is started again", 60)
    until(lambda: is_settled(running, reference, since), f"all is well again without the old {service}", 300)
    assert_all_is_kept(running, story_ids(running) | reference)


def test_down_and_up_again_keeps_all_data(reference: set[str], running: Stack, figures: dict[str, str]) -> None:
    ids, key = story_ids(running), running.key("reader")
    running.run("docker compose down")
    with timed(figures, "start with data, until all is healthy"):
        running.up()
    assert running.run("docker compose logs --no-log-prefix setup").stdout == NOTHING
    assert running.key("reader") == key
    assert running.kibana(running.superuser(), "/api/dashboards/sitrep-news-health")[0] == 200
    since = moment(running)
    until(lambda: is_settled(running, ids, since), "rounds go on", 300)
    assert_all_is_kept(running, story_ids(running) | ids)


def test_all_but_the_backup_is_lost_and_comes_back(
    reference: set[str], running: Stack, figures: dict[str, str]
) -> None:
    (running.folder / "somewhere-safe").mkdir()
    running.run(recipe("Backup"))
    ids, pages = story_ids(running), archived(running)
    snapshot(running)
    running.run("docker compose down --volumes")
    with timed(figures, "restore, until the audit"):
        told = running.run(recipe("Restore")).stdout
    assert "balanced  yes" in told
    assert_all_is_kept(running, story_ids(running) | ids)
    assert archived(running) >= pages


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
