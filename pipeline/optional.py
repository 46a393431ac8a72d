"""Importing a library as if others, which it can do without and we do not need there, were not installed."""

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


class _Absent(threading.local):
    """The finder before all others: to the thread that asked for it, some libraries are not there.

    It knows the thread, since another one may need the very same library at this moment.
    """

    libraries: tuple[str, ...] = ()

    def find_spec(self, name: str, path: Sequence[str] | None, target: object = None) -> None:
        """None leaves the module to the next finder."""
        if name in self.libraries:
            raise ModuleNotFoundError(f"{name} is not needed here", name=name)


_absent = _Absent()
sys.meta_path.insert(0, _absent)


@contextmanager
def without(*libraries: str) -> Iterator[None]:
    """Imports in this block do not find these libraries, unless they are loaded already."""
    _absent.libraries = libraries
    try:
        yield
    finally:
        _absent.libraries = ()
