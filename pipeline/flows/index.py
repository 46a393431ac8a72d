"""Which Elasticsearch is meant: the server of the settings, or the local node."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.adapters.local_node import LocalNode
    from pipeline.adapters.search_index.client import SearchIndex
    from pipeline.adapters.search_index.server import Credentials

Say = Callable[[str], None]


@contextmanager
def open_index(settings: Settings, say: Say) -> "Iterator[SearchIndex]":
    """The index, on a local node that is started (and left running) where no server is set.

    ``say`` gets a line for each thing that takes a while. Raises ``NodeFailed``; a server that does not answer shows
    with the first request.
    """
    url = settings.elasticsearch_url or _local_node(settings).ensure(say)
    with _at(settings, url) as index:
        yield index


@contextmanager
def running_index(settings: Settings) -> "Iterator[SearchIndex | None]":
    """The index on the server of the settings, or on the local node if that runs already; else None."""
    url = settings.elasticsearch_url or _local_node(settings).running()
    if url is None:
        yield None
        return
    with _at(settings, url) as index:
        yield index


def credentials(settings: Settings) -> "Credentials":
    """Who we are on the server of the settings."""
    from pipeline.adapters.search_index.server import Credentials

    return Credentials(
        api_key=settings.elasticsearch_api_key,
        username=settings.elasticsearch_username,
        password=settings.elasticsearch_password,
    )


def _local_node(settings: Settings) -> "LocalNode":
    from pipeline.adapters.local_node import LocalNode  # who has a server of their own needs no other

    return LocalNode(settings.home, settings.cache)


def _at(settings: Settings, url: str) -> "SearchIndex":
    """Credentials are for the server of the settings; the local node asks for none and is told none."""
    from pipeline.adapters.search_index.client import SearchIndex  # most rounds have nothing to deliver

    if settings.elasticsearch_url is None:
        return SearchIndex(url, prefix=settings.index, kind="local")
    return SearchIndex(url, prefix=settings.index, credentials=credentials(settings))
