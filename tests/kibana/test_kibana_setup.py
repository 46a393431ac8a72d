"""``sitrep setup`` against a stand-in for Kibana: what it writes, what it says, and how it gives up."""

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from pipeline.adapters.kibana.objects import KibanaObjects
from pipeline.adapters.kibana.server import Kibana
from pipeline.adapters.kibana.setup import covers, set_up
from pipeline.adapters.search_index.server import Credentials
from pipeline.errors import CannotRun, ConfigError, ServerUnreachable
from pipeline.flows.setup_kibana import setup_kibana
from pipeline.settings import Settings, check_settings
from tests.kibana.conftest import INDEX
from tests.support.command import sitrep
from tests.support.kibana_stand_in import KibanaStandIn, kibana_stand_in
from tests.support.logins import basic

USER, PASSWORD = "elastic", "not-to-be-seen"


@pytest.fixture
def kibana(validator: Draft202012Validator) -> Iterator[KibanaStandIn]:
    with kibana_stand_in(validator) as opened:
        yield opened


def settings_for(kibana: KibanaStandIn, **changes: Any) -> Settings:
    return Settings(**{"kibana_url": kibana.url, "index": INDEX} | changes)


def at_once(ask: Callable[[], object]) -> None:
    ask()


def patiently(ask: Callable[[], object]) -> None:
    """Up to five tries."""
    for _ in range(4):
        try:
            ask()
            return
        except ServerUnreachable:
            pass
    ask()


def test_without_a_kibana_nothing_is_done() -> None:
    assert setup_kibana(Settings(), at_once) == ()


def test_everything_is_made_and_told_once(kibana: KibanaStandIn) -> None:
    assert setup_kibana(settings_for(kibana), at_once) == (
        f"created data view Stories ({INDEX})",
        f"created data view Rounds ({INDEX})",
        f"created data view Feeds ({INDEX})",
        f"created data view Alarms ({INDEX})",
        f"made Stories ({INDEX}) the default data view",
        f"created saved search Newest on topic ({INDEX})",
        f"created board Health ({INDEX})",
        f"created board Stories ({INDEX})",
    )
    assert setup_kibana(settings_for(kibana), at_once) == ()
    assert sorted(kibana.boards) == [f"sitrep-{INDEX}-health", f"sitrep-{INDEX}-stories"]
    assert kibana.data_views[f"sitrep-{INDEX}"]["title"] == INDEX


def test_a_second_setup_writes_only_the_search_anew(kibana: KibanaStandIn) -> None:
    setup_kibana(settings_for(kibana), at_once)
    kibana.writes.clear()
    setup_kibana(settings_for(kibana), at_once)
    assert kibana.writes == [f"search sitrep-{INDEX}-newest-on-topic"]


def test_what_was_changed_by_hand_is_set_back(kibana: KibanaStandIn) -> None:
    setup_kibana(settings_for(kibana), at_once)
    kibana.boards[f"sitrep-{INDEX}-health"]["panels"].pop()
    kibana.data_views[f"sitrep-{INDEX}-runs"]["timeFieldName"] = "now"
    assert setup_kibana(settings_for(kibana), at_once) == (
        f"updated data view Rounds ({INDEX})",
        f"updated board Health ({INDEX})",
    )


def test_a_default_data_view_that_was_chosen_stays(kibana: KibanaStandIn) -> None:
    kibana.default_view = "theirs"
    assert not any("default" in line for line in setup_kibana(settings_for(kibana), at_once))
    assert kibana.default_view == "theirs"


def test_other_objects_are_left_alone(kibana: KibanaStandIn) -> None:
    kibana.boards["theirs"] = {"title": "Theirs", "panels": []}
    setup_kibana(settings_for(kibana), at_once)
    assert kibana.boards["theirs"] == {"title": "Theirs", "panels": []}


def test_while_kibana_starts_it_is_waited_for(kibana: KibanaStandIn) -> None:
    kibana.starting = 3
    assert setup_kibana(settings_for(kibana), patiently)
    assert kibana.asked[:4] == ["GET /api/status"] * 4


@pytest.mark.parametrize("change", [{"starting": 99}, {"level": "unavailable"}])
def test_a_kibana_that_never_gets_ready_is_named(kibana: KibanaStandIn, change: dict[str, Any]) -> None:
    vars(kibana).update(change)
    with pytest.raises(ServerUnreachable, match=r"Kibana at http://127\.0\.0\.1:\d+ is not ready yet"):
        setup_kibana(settings_for(kibana), patiently)


def test_a_kibana_that_is_not_there_is_named() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    with pytest.raises(ServerUnreachable, match=r"does not answer \(Connection refused\).*SITREP_KIBANA_URL"):
        setup_kibana(Settings(kibana_url=url), patiently)


@pytest.mark.parametrize("version", ["8.19.0", "10.0.0", "9.4.2", "9.x", ""])
def test_another_version_is_named_and_refused(kibana: KibanaStandIn, version: str) -> None:
    kibana.version = version
    with pytest.raises(CannotRun, match=rf"is version {version}; boards need 9\.5 or later of 9\.x"):
        setup_kibana(settings_for(kibana), patiently)
    assert kibana.writes == []


@pytest.mark.parametrize("version", ["9.5.0", "9.5.3-SNAPSHOT", "9.10.1"])
def test_later_versions_of_the_same_kind_are_taken(kibana: KibanaStandIn, version: str) -> None:
    kibana.version = version
    assert setup_kibana(settings_for(kibana), at_once)


def test_user_and_password_are_those_of_elasticsearch(kibana: KibanaStandIn) -> None:
    kibana.login = basic(USER, PASSWORD)
    mine = settings_for(kibana, elasticsearch_username=USER, elasticsearch_password=PASSWORD)
    assert setup_kibana(mine, at_once)


def test_an_api_key_is_taken_as_well(kibana: KibanaStandIn) -> None:
    kibana.login = "ApiKey abc123"
    assert setup_kibana(settings_for(kibana, elasticsearch_api_key="abc123"), at_once)


@pytest.mark.parametrize("who", [{}, {"elasticsearch_username": USER, "elasticsearch_password": PASSWORD}])
def test_refused_credentials_are_a_mistake_in_the_settings(kibana: KibanaStandIn, who: dict[str, Any]) -> None:
    kibana.login = basic(USER, "another")
    with pytest.raises(ConfigError, match=r"asks for other credentials \(401\); check SITREP_ELASTICSEARCH") as caught:
        setup_kibana(settings_for(kibana, **who), at_once)
    assert PASSWORD not in str(caught.value)
    assert kibana.writes == []


def test_a_user_who_may_not_write_is_told_so(kibana: KibanaStandIn) -> None:
    kibana.closed_to = ("/api/data_views",)
    with pytest.raises(ConfigError, match=r"does not allow this to our user \(403\)"):
        setup_kibana(settings_for(kibana), at_once)


def test_a_search_that_was_not_imported_is_trouble_although_the_status_is_200(
    kibana: KibanaStandIn, objects: KibanaObjects
) -> None:
    alone = KibanaObjects((), objects.searches, {})
    with pytest.raises(CannotRun, match=rf"sitrep-{INDEX}-newest-on-topic \(missing_references\)"):
        set_up(Kibana(kibana.url, Credentials()), alone)


def test_a_board_that_kibana_refuses_is_told_with_its_reason(kibana: KibanaStandIn) -> None:
    wrong = KibanaObjects((), (), {"sitrep-x": {"title": "x", "panels": [], "references": []}})
    with pytest.raises(CannotRun, match=r"answered 400: .*references"):
        set_up(Kibana(kibana.url, Credentials()), wrong)


@pytest.mark.parametrize(
    "answer", [(200, "<html>"), (200, {}), (200, []), (302, ""), (200, {"status": "green"}), (404, "no")]
)
def test_what_is_not_kibana_is_told_so(
    kibana: KibanaStandIn, monkeypatch: pytest.MonkeyPatch, answer: tuple[int, Any]
) -> None:
    monkeypatch.setattr(kibana, "answer", lambda *_: answer, raising=False)
    with pytest.raises(CannotRun, match=r"not Kibana|a redirect|answered 404"):
        setup_kibana(settings_for(kibana), at_once)


def test_a_path_before_kibana_is_kept(kibana: KibanaStandIn) -> None:
    with pytest.raises(CannotRun, match="404"):
        setup_kibana(settings_for(kibana, kibana_url=f"{kibana.url}/kibana/"), at_once)
    assert kibana.asked == ["GET /kibana/api/status"]


@pytest.mark.parametrize(
    ("held", "wanted", "same"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ({"a": 1}, {"a": 1, "b": None}, False),
        ({"a": [{"b": 1, "c": 2}]}, {"a": [{"b": 1}]}, True),
        ({"a": [1, 2]}, {"a": [1]}, False),
        (None, {}, False),
        ([], {}, False),
    ],
)
def test_defaults_of_kibana_are_no_difference(held: Any, wanted: Any, same: bool) -> None:
    assert covers(held, wanted) is same


def test_the_address_is_checked_like_that_of_elasticsearch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITREP_KIBANA_URL", f"http://me:{PASSWORD}@kibana.example")
    (problem,) = check_settings()[1]
    assert problem.startswith("SITREP_KIBANA_URL: must not hold a user name or password")
    assert PASSWORD not in problem


def test_the_command_sets_up_both_servers(kibana: KibanaStandIn, elasticsearch_url: str, prefix: str) -> None:
    given = {"elasticsearch_url": elasticsearch_url, "kibana_url": kibana.url, "index": prefix}
    ran = sitrep("setup", **given)
    assert ran.status == 0
    assert f"created index {prefix}-alerts" in ran.out.splitlines()
    assert f"created board Stories ({prefix})" in ran.out.splitlines()
    assert sitrep("setup", "--json", **given).json == {"changed": []}


def test_the_command_ends_with_4_where_kibana_is_not_ready(
    kibana: KibanaStandIn, elasticsearch_url: str, prefix: str
) -> None:
    kibana.starting = 99
    ran = sitrep("setup", elasticsearch_url=elasticsearch_url, kibana_url=kibana.url, index=prefix)
    assert (ran.status, ran.out) == (4, "")
    assert "is not ready yet" in ran.err
