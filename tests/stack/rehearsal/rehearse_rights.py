"""Who may do what in the stack that runs, and what is found in it."""

from tests.stack.rehearsal.stack import Stack
from tests.support.logins import basic

FOREIGN = {"title": "not ours"}


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


def test_nobody_in_the_image_is_root_or_changes_the_program_and_no_tools_are_left(running: Stack) -> None:
    inside = "id -u; ls /opt/sitrep /opt/sitrep/venv/bin; touch /opt/sitrep/app/x /opt/sitrep/venv/x 2>&1 || true"
    told = running.run(f"docker compose exec -T airflow-scheduler sh -c '{inside}'").stdout.splitlines()
    assert told[0] == "50000"
    assert "sitrep" in told
    assert not {"uv", "pip", "ruff", "mypy", "pytest", "hadolint"} & set(told)
    assert sum("Permission denied" in line for line in told) == 2
