"""One node with security on for all tests of the stack."""

from collections.abc import Iterator

import pytest

from pipeline.adapters.kibana.roles import kibana_roles
from pipeline.adapters.search_index import security
from tests.conftest import USERS_CACHE
from tests.stack.secured_node import SecuredNode, secured_node

SUPERUSER = "root"
OTHERS_ROLE = {"cluster": ["monitor"], "indices": [{"names": ["other"], "privileges": ["all"]}]}


@pytest.fixture(scope="session")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredNode]:
    """Its users: one for each of Sitrep's roles, ``root``, and ``stranger``, who has a role of somebody else's."""
    home = tmp_path_factory.mktemp("secured node")
    people = {name: role["elasticsearch"] for name, role in kibana_roles("news").items()}
    roles = security.roles("news") | people | {"stranger": OTHERS_ROLE}
    with secured_node(home, USERS_CACHE, roles, SUPERUSER) as node:
        yield node
