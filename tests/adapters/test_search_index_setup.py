"""Setting up: what comes into being, what is brought up to date, and that nobody else's things are touched."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from pipeline.adapters.search_index import schema
from pipeline.adapters.search_index.client import SearchIndex
from pipeline.errors import CannotRun
from pipeline.settings import CHECKOUT
from tests.conftest import Request

CONFIG = CHECKOUT / "config" / "elasticsearch"


@pytest.fixture
def fresh(elasticsearch_url: str, prefix: str) -> Iterator[SearchIndex]:
    """A prefix under which there is nothing yet."""
    with SearchIndex(elasticsearch_url, prefix=prefix) as opened:
        yield opened


@pytest.fixture
def changed_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """``changed_config(file, old, new)``: this program from now on wants something else."""

    def change(name: str, old: str, new: str) -> None:
        for file in CONFIG.glob("*.json"):
            text = file.read_text(encoding="utf-8")
            assert file.name != name or old in text
            (tmp_path / file.name).write_text(text.replace(old, new) if file.name == name else text, encoding="utf-8")
        monkeypatch.setattr(schema, "FOLDER", tmp_path)

    return change


def test_everything_comes_into_being_at_once_and_the_second_time_nothing_changes(
    fresh: SearchIndex, prefix: str, elasticsearch: Request
) -> None:
    assert fresh.setup() == (
        f"created template {prefix}-stories",
        f"created template {prefix}-runs",
        f"created template {prefix}-feeds",
        f"created template {prefix}-alerts",
        f"created index {prefix}-v1",
        f"created index {prefix}-runs",
        f"created index {prefix}-feeds",
        f"created index {prefix}-alerts",
    )
    assert fresh.setup() == ()
    aliases = elasticsearch("GET", f"/{prefix}-v1/_alias")[f"{prefix}-v1"]["aliases"]
    assert aliases == {prefix: {}, f"{prefix}-write": {"is_write_index": True}}


def test_an_index_made_by_the_template_is_as_strict_as_the_one_made_by_setup(
    fresh: SearchIndex, prefix: str, elasticsearch: Request
) -> None:
    fresh.setup()
    elasticsearch("PUT", f"/{prefix}-v2")
    mappings = elasticsearch("GET", f"/{prefix}-v1,{prefix}-v2/_mapping")
    assert mappings[f"{prefix}-v1"] == mappings[f"{prefix}-v2"]


def test_the_template_is_not_for_others_whose_names_begin_alike(
    fresh: SearchIndex, prefix: str, elasticsearch: Request
) -> None:
    fresh.setup()
    elasticsearch("PUT", f"/{prefix}-video")
    assert elasticsearch("GET", f"/{prefix}-video/_mapping")[f"{prefix}-video"]["mappings"] == {}


def test_what_is_missing_after_an_interrupted_setup_is_added(
    fresh: SearchIndex, prefix: str, elasticsearch: Request
) -> None:
    fresh.setup()
    elasticsearch("DELETE", f"/{prefix}-v1/_alias/{prefix}")
    elasticsearch("DELETE", f"/{prefix}-runs")
    elasticsearch("DELETE", f"/_index_template/{prefix}-stories")
    assert fresh.setup() == (
        f"created template {prefix}-stories",
        f"created alias {prefix} for {prefix}-v1",
        f"created index {prefix}-runs",
    )


def test_a_new_field_is_added_to_the_index_that_is_there(
    fresh: SearchIndex, prefix: str, elasticsearch: Request, changed_config: Any
) -> None:
    fresh.setup()
    changed_config("stories.json", '"url":', '"mood": {"type": "keyword"}, "url":')
    assert fresh.setup() == (f"updated template {prefix}-stories", f"updated mapping of {prefix}-v1")
    assert fresh.setup() == ()
    mapping = elasticsearch("GET", f"/{prefix}-v1/_mapping")[f"{prefix}-v1"]["mappings"]
    assert mapping["properties"]["mood"] == {"type": "keyword"}
    assert mapping["dynamic"] == "strict"


def test_a_field_of_another_type_asks_for_a_fresh_index(fresh: SearchIndex, changed_config: Any) -> None:
    fresh.setup()
    changed_config("stories.json", '{"type": "keyword", "ignore_above": 64}', '{"type": "text"}')
    with pytest.raises(CannotRun, match="sitrep reindex"):
        fresh.setup()


def test_another_analysis_is_told_and_the_index_goes_on(fresh: SearchIndex, prefix: str, changed_config: Any) -> None:
    fresh.setup()
    changed_config("analysis-local.json", '"english_stop",', "")
    assert any("'sitrep reindex'" in line for line in fresh.setup())
    assert fresh.setup() == (
        f"{prefix}-v1 keeps its former text analysis; 'sitrep reindex' makes an index with the new one",
    )


@pytest.mark.parametrize("name", ["", "-write", "-v1", "-runs", "-feeds", "-alerts"])
def test_an_index_of_somebody_else_under_our_name_is_left_alone(
    fresh: SearchIndex, prefix: str, elasticsearch: Request, name: str
) -> None:
    elasticsearch("PUT", f"/{prefix}{name}")
    before = elasticsearch("GET", f"/{prefix}*")
    with pytest.raises(CannotRun, match=rf"the index {prefix}{name} at .* set SITREP_INDEX to another name"):
        fresh.setup()
    assert elasticsearch("GET", f"/{prefix}*") == before
    assert elasticsearch("GET", f"/_index_template/{prefix}*") in (None, {"index_templates": []})


@pytest.mark.parametrize("alias", ["", "-write"])
def test_an_alias_of_somebody_else_under_our_name_is_left_alone(
    fresh: SearchIndex, prefix: str, elasticsearch: Request, alias: str
) -> None:
    elasticsearch("PUT", f"/{prefix}-theirs", {"aliases": {f"{prefix}{alias}": {}}})
    with pytest.raises(CannotRun, match=rf"{prefix}-theirs behind the alias {prefix}{alias} at"):
        fresh.setup()


def test_a_template_of_somebody_else_under_our_name_is_left_alone(
    fresh: SearchIndex, prefix: str, elasticsearch: Request
) -> None:
    theirs = {"index_patterns": [f"{prefix}-theirs"], "template": {}}
    elasticsearch("PUT", f"/_index_template/{prefix}-stories", theirs)
    with pytest.raises(CannotRun, match=r"the index template .* was not made by Sitrep"):
        fresh.setup()


def test_an_index_under_the_next_number_is_kept_in_use(fresh: SearchIndex, prefix: str, elasticsearch: Request) -> None:
    fresh.setup()
    elasticsearch("PUT", f"/{prefix}-v2")
    move = [
        {action: {"index": f"{prefix}-v{number}", "alias": alias}}
        for alias in (prefix, f"{prefix}-write")
        for action, number in (("remove", 1), ("add", 2))
    ]
    elasticsearch("POST", "/_aliases", {"actions": move})
    elasticsearch("DELETE", f"/{prefix}-v1")
    assert fresh.setup() == ()


@contextmanager
def answering(body: bytes, **headers: str) -> Iterator[str]:
    """A server that answers everything with ``body``."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def test_a_server_of_another_major_version_is_named_and_refused() -> None:
    old = b'{"version": {"number": "8.19.2"}}'
    with (
        answering(old, X_elastic_product="Elasticsearch", Content_Type="application/json") as url,
        SearchIndex(url, prefix="news") as index,
        pytest.raises(CannotRun, match=r"is version 8\.19\.2; this Sitrep works with 9\.x"),
    ):
        index.setup()


@pytest.mark.parametrize(("body", "kind"), [(b"<html>hello</html>", "text/html"), (b'{"a": 1}', "application/json")])
def test_a_server_that_is_no_elasticsearch_is_told(body: bytes, kind: str) -> None:
    with (
        answering(body, Content_Type=kind) as url,
        SearchIndex(url, prefix="news") as index,
        pytest.raises(CannotRun, match="is not Elasticsearch; check SITREP_ELASTICSEARCH_URL"),
    ):
        index.setup()


def test_the_stripped_server_is_told_from_a_full_one(elasticsearch_url: str) -> None:
    from pipeline.adapters.search_index.server import Credentials, Server

    server = Server(elasticsearch_url, Credentials())
    identity = server.identify()
    server.close()
    assert (identity.kind, identity.version.split(".")[0]) == ("local", "9")


@pytest.mark.parametrize("kind", ["full", "local"])
def test_the_mapping_is_strict_and_names_only_analyzers_that_each_analysis_defines(kind: schema.ServerKind) -> None:
    wanted = schema.stories_schema(kind)
    assert wanted["mappings"]["dynamic"] == "strict"
    named = {
        part["analyzer"]
        for field in wanted["mappings"]["properties"].values()
        for part in (field, *field.get("fields", {}).values())
        if "analyzer" in part
    }
    assert named == set(wanted["settings"]["analysis"]["analyzer"]) == {"news_text", "news_exact"}
