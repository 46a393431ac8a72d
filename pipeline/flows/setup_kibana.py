"""Bring Kibana to what this program wants, where one is given; safe to repeat."""

from collections.abc import Callable

from pipeline.adapters.kibana.objects import kibana_objects
from pipeline.adapters.kibana.roles import set_up_roles
from pipeline.adapters.kibana.server import Kibana
from pipeline.adapters.kibana.setup import set_up
from pipeline.config.topics import load_topics
from pipeline.flows.index import credentials
from pipeline.settings import Settings

UntilReady = Callable[[Callable[[], object]], None]


def setup_kibana(settings: Settings, until_ready: UntilReady, *, roles: bool = False) -> tuple[str, ...]:
    """Data views, saved searches and boards; returns a line for each change, nothing without ``SITREP_KIBANA_URL``.

    ``until_ready`` calls what it is given until that succeeds, as long as one wants to wait. ``roles``: also roles for
    people, which needs a server with security on and a user who may manage it.

    Raises ``ServerUnreachable``, ``ConfigError`` for refused credentials or wrong topics, ``CannotRun`` for a Kibana
    that does not understand us, or for somebody else's role under one of our names.
    """
    if settings.kibana_url is None:
        return ()
    topics = load_topics(settings.topics)
    kibana = Kibana(settings.kibana_url, credentials(settings))
    until_ready(kibana.check)
    changed = set_up(kibana, kibana_objects(settings.index, [topic.id for topic in topics]))
    return changed + (set_up_roles(kibana, settings.index) if roles else ())
