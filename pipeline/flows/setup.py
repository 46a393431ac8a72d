"""Bring the servers to what this program wants; safe to repeat."""

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from pipeline.adapters.search_index import security
from pipeline.adapters.search_index.server import Refused, Server
from pipeline.errors import ConfigError, ServerUnreachable
from pipeline.flows.index import credentials, open_index
from pipeline.flows.setup_kibana import setup_kibana
from pipeline.settings import Settings

Say = Callable[[str], None]
PAUSE = 2.0
STARTING = (429, 503)
NOT_ALLOWED = "roles and API keys are left as they are: our user may not manage security"


def setup(settings: Settings, say: Say, *, wait: float = 0.0, keys: Path | None = None) -> tuple[str, ...]:
    """Create or update templates, indices, aliases; with security on, roles and API keys; Kibana's objects.

    ``wait``: seconds for all servers together to get ready. ``keys``: folder for the files of the API keys ``writer``
    and ``reader``; without it none are made. Returns a line for each change, nothing if all was right.

    Raises ``ServerUnreachable``, ``NodeFailed``, ``ConfigError`` for refused credentials, ``CannotRun`` for anything of
    somebody else's under our names.
    """
    end = time.monotonic() + wait

    def until_ready(ask: Callable[[], object]) -> None:
        wait_until(ask, end - time.monotonic(), say)

    if settings.elasticsearch_url is not None:
        with closing(Server(settings.elasticsearch_url, credentials(settings))) as server:
            until_ready(lambda: _answers(server))
    with open_index(settings, say) as index:
        changed = index.setup()
    secured = _security(settings, keys, say)
    return (*changed, *(secured or ()), *setup_kibana(settings, until_ready, roles=secured is not None))


def wait_until(ask: Callable[[], object], limit: float, say: Say, sleep: Callable[[float], None] = time.sleep) -> None:
    """Ask until it succeeds, for ``limit`` seconds: a server that starts refuses connections, then logins, then work.

    Raises what the last try has raised; other trouble than that of a start at once.
    """
    end, announced = time.monotonic() + limit, False
    while True:
        try:
            ask()
            return
        except (ServerUnreachable, ConfigError, Refused) as error:
            over = time.monotonic() + PAUSE > end
            if over or (isinstance(error, Refused) and error.status not in STARTING):
                raise
            if not announced:
                say(f"waiting up to {limit:.0f} s: {error}")
            announced = True
        sleep(PAUSE)


def _answers(server: Server) -> None:
    """Any user may ask this, so what is refused here is the login itself."""
    security.is_on(server)


def _security(settings: Settings, keys: Path | None, say: Say) -> tuple[str, ...] | None:
    """A line for each change, or None where there is no security that we could manage.

    So on the local node, which is open to its own machine only and cannot keep users.
    """
    if settings.elasticsearch_url is None:
        return None
    with closing(Server(settings.elasticsearch_url, credentials(settings))) as server:
        if not security.is_on(server):
            return None
        if not security.may_manage(server):
            say(NOT_ALLOWED)
            return None
        made = security.set_up_roles(server, settings.index)
        return made + (security.set_up_keys(server, settings.index, keys) if keys is not None else ())
