"""The role for people in Kibana: what it allows, and how ``sitrep setup`` brings it there."""

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from pipeline.adapters.kibana.objects import KibanaObjects
from pipeline.adapters.kibana.roles import kibana_roles, set_up_roles
from pipeline.adapters.kibana.server import Kibana
from pipeline.adapters.search_index.layout import OWNER, Names
from pipeline.adapters.search_index.server import Credentials
from pipeline.errors import CannotRun, ConfigError
from tests.kibana.conftest import INDEX
from tests.stack.stand_in_security import PASSWORD, USER, StandIn, stand_in_security
from tests.support.command import Ran, sitrep
from tests.support.kibana_stand_in import KibanaStandIn, kibana_stand_in
from tests.support.logins import basic

NAME = f"analyst-{INDEX}"
DRIFT = [
    {"kibana": [{"base": ["all"], "feature": {}, "spaces": ["default"]}]},
    {"kibana": [{"base": [], "feature": {"discover": ["all"], "dashboard": ["read"]}, "spaces": ["default"]}]},
    {"kibana": [{"base": [], "feature": {"discover": ["read"], "dashboard": ["read"]}, "spaces": ["*"]}]},
    {"kibana": []},
    {"elasticsearch": {"cluster": ["monitor"]}},
    {"elasticsearch": {"run_as": ["elastic"]}},
    {"elasticsearch": {"indices": []}},
    {"elasticsearch": {"indices": [{"names": ["*"], "privileges": ["read", "view_index_metadata"]}]}},
]


@pytest.fixture
def kibana(validator: Draft202012Validator) -> Iterator[KibanaStandIn]:
    with kibana_stand_in(validator) as opened:
        yield opened


def run(kibana: KibanaStandIn) -> tuple[str, ...]:
    return set_up_roles(Kibana(kibana.url, Credentials()), INDEX)


def test_the_role_is_made_and_told_once(kibana: KibanaStandIn) -> None:
    assert run(kibana) == (f"created role {NAME}",)
    assert run(kibana) == ()
    assert kibana.writes == [f"role {NAME}"]


@pytest.mark.parametrize("change", DRIFT)
def test_what_was_changed_in_it_is_undone(kibana: KibanaStandIn, change: dict[str, Any]) -> None:
    run(kibana)
    made = kibana.roles[NAME]
    rights = made["elasticsearch"] | change.get("elasticsearch", {})
    kibana.roles[NAME] = made | change | {"elasticsearch": rights}
    assert run(kibana) == (f"updated role {NAME}",)
    assert kibana.roles[NAME] == made


def test_somebody_elses_role_of_that_name_is_left_alone(kibana: KibanaStandIn) -> None:
    theirs = {"name": NAME, "metadata": {}, "elasticsearch": {"indices": []}, "kibana": []}
    kibana.roles[NAME] = theirs
    with pytest.raises(CannotRun, match=rf"the role {NAME} in Kibana at .* was not made by Sitrep"):
        run(kibana)
    assert (kibana.roles[NAME], kibana.writes) == (theirs, [])


def test_a_user_who_may_not_make_roles_is_told_so(kibana: KibanaStandIn) -> None:
    kibana.closed_to = ("/api/security",)
    with pytest.raises(ConfigError, match=r"Kibana at .* does not allow this to our user \(403\); check SITREP_"):
        run(kibana)
    assert kibana.writes == []


@pytest.mark.parametrize(("index", "name"), [("news", "analyst"), ("defence", "analyst-defence")])
def test_its_name_follows_the_index(index: str, name: str) -> None:
    (made,) = kibana_roles(index)
    assert made == name


def test_it_only_reads_and_only_in_discover_and_boards() -> None:
    for role in kibana_roles(INDEX).values():
        (opened,) = role["kibana"]
        assert opened == {"base": [], "feature": {"discover": ["read"], "dashboard": ["read"]}, "spaces": ["default"]}
        rights = role["elasticsearch"]
        assert (rights["cluster"], rights["run_as"], sorted(rights)) == ([], [], ["cluster", "indices", "run_as"])
        assert {right for row in rights["indices"] for right in row["privileges"]} == {"read", "view_index_metadata"}


def test_it_sees_what_data_views_read_and_nothing_else(objects: KibanaObjects) -> None:
    (role,) = kibana_roles(INDEX).values()
    seen = {name for row in role["elasticsearch"]["indices"] for name in row["names"]}
    assert seen == {view["title"] for view in objects.data_views} == {INDEX, *Names(INDEX).boards}
    assert role["metadata"] == {OWNER: {"index": INDEX}}


@pytest.fixture
def guarded(elasticsearch_url: str) -> Iterator[StandIn]:
    """Before a real Elasticsearch, as if its security were on."""
    with stand_in_security(elasticsearch_url) as opened:
        yield opened


def command(kibana: KibanaStandIn, server: StandIn, index: str) -> Ran:
    kibana.login = basic(USER, PASSWORD)
    login = {"elasticsearch_username": USER, "elasticsearch_password": PASSWORD}
    return sitrep("setup", elasticsearch_url=server.url, kibana_url=kibana.url, index=index, **login)


def test_with_security_on_the_command_makes_it(kibana: KibanaStandIn, guarded: StandIn, prefix: str) -> None:
    ran = command(kibana, guarded, prefix)
    assert (ran.status, ran.out.splitlines()[-1]) == (0, f"created role analyst-{prefix}")
    assert command(kibana, guarded, prefix).out == "all is as it should be; nothing changed\n"


def test_a_user_who_may_not_manage_security_gets_boards_only(
    kibana: KibanaStandIn, guarded: StandIn, prefix: str
) -> None:
    guarded.may_manage = False
    assert command(kibana, guarded, prefix).status == 0
    assert (len(kibana.boards), kibana.roles) == (2, {})


def test_without_security_kibana_is_not_asked_for_roles(
    kibana: KibanaStandIn, elasticsearch_url: str, prefix: str
) -> None:
    assert sitrep("setup", elasticsearch_url=elasticsearch_url, kibana_url=kibana.url, index=prefix).status == 0
    assert (len(kibana.boards), [path for path in kibana.asked if "security" in path]) == (2, [])
