"""The roles as data, each tried on a real Elasticsearch that asks for a login."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from pipeline.adapters.search_index import security
from pipeline.adapters.search_index.client import SearchIndex
from pipeline.adapters.search_index.records import Note, SearchQuery
from pipeline.adapters.search_index.server import Credentials
from pipeline.errors import ConfigError
from pipeline.stages.document import document
from tests.stack.secured_node import SecuredNode
from tests.support.stories import story

WRITER, READER, ADMIN, ANALYST = "sitrep-writer", "sitrep-reader", "sitrep-admin", "analyst"
TEMPLATE = {"index_patterns": ["mine"]}
MAPPING = {"dynamic": True}
DROP_ALIAS = {"actions": [{"remove": {"index": "news-v1", "alias": "news"}}]}
DOCUMENT = {"title": "x"}
FORBIDDEN = [
    (WRITER, "DELETE", "/news-v1", None),
    (WRITER, "PUT", "/news-v9", None),
    (WRITER, "PUT", "/news-v9/_doc/1", DOCUMENT),
    (WRITER, "PUT", "/news-v1/_mapping", MAPPING),
    (WRITER, "PUT", "/news-v1/_settings", {"index.number_of_replicas": 1}),
    (WRITER, "POST", "/news-v1/_close", None),
    (WRITER, "POST", "/_aliases", DROP_ALIAS),
    (WRITER, "PUT", "/_index_template/mine", TEMPLATE),
    (WRITER, "PUT", "/other/_doc/1", DOCUMENT),
    (WRITER, "GET", "/other/_search", None),
    (WRITER, "PUT", "/news-video/_doc/1", DOCUMENT),
    (WRITER, "GET", "/_security/role/sitrep-admin", None),
    (READER, "PUT", "/news-write/_doc/1", DOCUMENT),
    (READER, "PUT", "/news-v1/_doc/1", DOCUMENT),
    (READER, "DELETE", "/news-v1/_doc/1", None),
    (READER, "DELETE", "/news-v1", None),
    (READER, "PUT", "/news-v1/_mapping", MAPPING),
    (READER, "GET", "/other/_search", None),
    (READER, "GET", "/_cluster/settings", None),
    (ADMIN, "PUT", "/other-index", None),
    (ADMIN, "PUT", "/news-video", None),
    (ADMIN, "DELETE", "/other", None),
    (ADMIN, "GET", "/other/_search", None),
    (ADMIN, "PUT", "/_security/role/mine", {"cluster": ["all"]}),
    (ADMIN, "PUT", "/_security/user/mine", {"password": "long enough", "roles": ["superuser"]}),
    (ADMIN, "PUT", "/_cluster/settings", {"persistent": {"cluster.max_shards_per_node": 5}}),
    (ANALYST, "PUT", "/news/_doc/1", DOCUMENT),
    (ANALYST, "PUT", "/news-write/_doc/1", DOCUMENT),
    (ANALYST, "PUT", "/news-runs/_doc/1", DOCUMENT),
    (ANALYST, "DELETE", "/news-v1/_doc/1", None),
    (ANALYST, "DELETE", "/news-alerts", None),
    (ANALYST, "PUT", "/news-feeds/_mapping", MAPPING),
    (ANALYST, "GET", "/other/_search", None),
    (ANALYST, "GET", "/news-video/_search", None),
    (ANALYST, "GET", "/_cluster/settings", None),
    ("stranger", "GET", "/news/_search", None),
    ("stranger", "PUT", "/news-v1/_doc/1", DOCUMENT),
]


@pytest.fixture(scope="module")
def news(secured: SecuredNode) -> Iterator[SecuredNode]:
    """The node after a setup by the admin, with one story in it, and another's index beside."""
    with opened(secured, ADMIN) as index:
        index.setup()
    with opened(secured, WRITER) as index:
        assert [answer.outcome for answer in index.deliver([document(story())])] == ["indexed"]
    assert secured.ask("root", "PUT", "/other")[0] == 200
    yield secured


def opened(node: SecuredNode, user: str, password: str | None = None) -> SearchIndex:
    login = Credentials(username=user, password=SecretStr(password or node.password))
    return SearchIndex(node.url, prefix="news", credentials=login, pauses=())


def test_the_writer_delivers_and_the_reader_finds(news: SecuredNode) -> None:
    told = story("told", title="A convoy in the harbour")
    with opened(news, WRITER) as index:
        assert index.setup() == ()
        assert [answer.outcome for answer in index.deliver([document(told)])] == ["indexed"]
        index.refresh()
    with opened(news, READER) as index:
        assert [hit.id for hit in index.search(SearchQuery("convoy")).hits] == ["told"]


def test_the_writer_does_all_that_rounds_and_audits_ask_of_the_index(news: SecuredNode) -> None:
    scored: Any = document(story("scored")) | {"topic_scores": {"a-new-topic": 0.5}}
    with opened(news, WRITER) as index:
        assert [answer.outcome for answer in index.deliver([scored])] == ["indexed"]
        index.refresh()
        assert "scored" in {held.story_id for held in index.held()}
        index.remove(["scored"])
        assert "scored" not in {held.story_id for held in index.held()}
        run = {"@timestamp": "2024-10-21T12:00:00Z", "run_id": "20241021T120000Z-1"}
        index.keep([Note("runs", run["run_id"], run), Note("runs", "merged", run, merge=True)])


def test_the_reader_cannot_write(news: SecuredNode) -> None:
    with opened(news, READER) as index:
        (answer,) = index.deliver([document(story("smuggled"))])
    assert (answer.outcome, "(403)" in answer.detail) == ("retry", True)
    assert answer.detail.endswith("_PASSWORD, or run 'sitrep setup' as a user who may")
    assert news.ask("root", "GET", "/news/_doc/smuggled")[0] == 404


@pytest.mark.parametrize("name", ["news", "news-runs", "news-feeds", "news-alerts"])
def test_the_analyst_searches_what_boards_read(news: SecuredNode, name: str) -> None:
    for question in ("_search", "_field_caps?fields=*", "_mapping"):
        assert news.ask(ANALYST, "GET", f"/{name}/{question}")[0] == 200


def test_the_admin_sets_up_and_rebuilds(news: SecuredNode) -> None:
    with opened(news, ADMIN) as index:
        with index.rebuild() as fresh:
            assert [answer.outcome for answer in fresh.deliver([document(story())])] == ["indexed"]
            assert fresh.name != "news-v1"
        assert index.setup() == ()


@pytest.mark.parametrize(("user", "method", "path", "body"), FORBIDDEN)
def test_what_a_role_does_not_allow_is_refused(news: SecuredNode, user: str, method: str, path: str, body: Any) -> None:
    before = news.ask("root", "GET", "/_all?filter_path=*.aliases,*.mappings")
    assert news.ask(user, method, path, body)[0] == 403
    assert news.ask("root", "GET", "/_all?filter_path=*.aliases,*.mappings") == before


@pytest.mark.parametrize(("user", "password"), [("", None), ("nobody", None), (WRITER, "guessed"), (READER, "guessed")])
def test_nobody_unknown_gets_in(news: SecuredNode, user: str, password: str | None) -> None:
    for method, path in (("GET", "/"), ("GET", "/_cluster/health"), ("GET", "/news/_search"), ("DELETE", "/news-v1")):
        assert news.ask(user, method, path, password=password)[0] == 401


def test_a_wrong_password_is_told_without_showing_it(news: SecuredNode) -> None:
    with (
        opened(news, READER, "guessed") as index,
        pytest.raises(ConfigError, match=r"other credentials \(401\).*_PASSWORD") as told,
    ):
        index.search(SearchQuery())
    assert "guessed" not in str(told.value)


def test_roles_for_another_index_name_only_that_one() -> None:
    renamed = security.roles("defence")
    assert set(renamed) == {f"{role}-defence" for role in (WRITER, READER, ADMIN)}
    for role in renamed.values():
        names = [name.strip("/") for row in role["indices"] for name in row["names"]]
        assert names
        assert all(name == "defence" or name.startswith("defence-") for name in names)
