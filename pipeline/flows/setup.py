"""Bring the server to what this program wants; safe to repeat."""

from collections.abc import Callable

from pipeline.flows.index import open_index
from pipeline.settings import Settings


def setup(settings: Settings, say: Callable[[str], None]) -> tuple[str, ...]:
    """Create or update templates, indices and aliases; returns a line for each change, nothing if all was right.

    Raises ``ServerUnreachable``, ``NodeFailed``, ``ConfigError`` for refused credentials, ``CannotRun`` for anything of
    somebody else's under our names.
    """
    with open_index(settings, say) as index:
        return index.setup()
