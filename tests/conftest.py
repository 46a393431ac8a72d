"""Fixtures shared by all tests: settings that are nobody's, and one real Elasticsearch for the whole run."""

import json
import os
import sys
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from platformdirs import user_cache_path

from pipeline.adapters.local_node import LocalNode

USERS_CACHE = Path(os.environ.get("SITREP_CACHE") or user_cache_path("sitrep", appauthor=False)).absolute()
Request = Callable[..., Any]

# A busy machine is no failure; and what CI tries must not change from run to run, or nobody can tell what broke it.
hypothesis.settings.register_profile("sitrep", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("sitrep")


@pytest.fixture(autouse=True)
def _settings_of_nobody(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads the user's settings or writes the user's state. The download is shared: it is the same bytes."""
    for name in [name for name in os.environ if name.startswith("SITREP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SITREP_HOME", str(tmp_path_factory.getbasetemp() / "nobodys-home"))
    monkeypatch.setenv("SITREP_CACHE", str(USERS_CACHE))


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalNode]:
    """A running local node for the whole session; its home has a name that shells and Java trip over."""
    started = LocalNode(tmp_path_factory.mktemp("node of all tests ä"), USERS_CACHE)
    started.ensure(lambda message: print(message, file=sys.stderr))
    yield started
    started.stop()


@pytest.fixture(scope="session")
def elasticsearch_url(node: LocalNode) -> str:
    """Where the session's node answers. Take an index prefix of your own (``prefix``)."""
    url = node.running()
    assert url is not None
    return url


@pytest.fixture(scope="session")
def elasticsearch(elasticsearch_url: str) -> Request:
    """``elasticsearch("GET", "/path", body)`` → the JSON answer (None for 404), past the code under test."""

    def request(method: str, path: str, body: Any = None) -> Any:
        content = json.dumps(body).encode() if body is not None else None
        headers = {"Content-Type": "application/json"}
        ask = urllib.request.Request(elasticsearch_url + path, data=content, headers=headers, method=method)
        try:
            with urllib.request.urlopen(ask, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise AssertionError(f"{method} {path}: {error.read().decode()}") from None

    return request


@pytest.fixture
def prefix(elasticsearch: Request) -> Iterator[str]:
    """A name of this test alone for SITREP_INDEX; whatever has come into being under it is removed afterwards."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    yield name
    for index in elasticsearch("GET", f"/{name}*?expand_wildcards=all") or {}:
        elasticsearch("DELETE", f"/{index}")
    elasticsearch("DELETE", f"/_index_template/{name}*")


@pytest.fixture
def index(elasticsearch_url: str, prefix: str) -> Iterator[Any]:
    """A ``SearchIndex`` that is set up, under a prefix of its own."""
    from pipeline.adapters.search_index.client import SearchIndex

    opened = SearchIndex(elasticsearch_url, prefix=prefix)
    opened.setup()
    yield opened
    opened.close()
