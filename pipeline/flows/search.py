"""Asking the index."""

from collections.abc import Callable

from pipeline.adapters.search_index.records import SearchQuery, SearchResult
from pipeline.flows.index import open_index
from pipeline.settings import Settings


def search(settings: Settings, query: SearchQuery, say: Callable[[str], None]) -> SearchResult:
    """The stories that match; a topic that nobody configured matches nothing, and ``say`` gets a note about it.

    Raises ``ServerUnreachable``, ``NodeFailed``, ``CannotRun`` while there is no index.
    """
    if query.topic is not None and not _is_configured(settings, query.topic):
        say(f"note: no topic {query.topic!r} is configured in {settings.topics}")
    with open_index(settings, say) as index:
        return index.search(query)


def _is_configured(settings: Settings, topic: str) -> bool:
    """Files with mistakes are for ``check-config`` to tell; here they only keep the note from being sure."""
    from pipeline.config.topics import check_topics  # which loads all that tells a topic

    topics, problems = check_topics(settings.topics)
    return bool(problems) or any(known.id == topic for known in topics)
