"""The named crash points of a round: the moments before and after something is written or sent.

Nothing in the program knows of them. In a child process that is to be killed, the few functions through which it
reaches the outside are wrapped: the HTTP client, the archive's files, the ledger's statements and commits, requests to
the index, files that are replaced, the webhook, the lock. ``test_points_complete.py`` looks for others in the source.
"""

import functools
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

STATEMENT = re.compile(
    r"\s*(INSERT INTO|UPDATE|DELETE FROM|CREATE TABLE|ALTER TABLE|CREATE UNIQUE INDEX|CREATE INDEX)\s+\"?(\w+)"
)
Act = Callable[[], None]
ANY = "any point"


class Points:
    """Counts crossings; at the ``nth`` one of the point ``chosen`` (or of ``ANY``) it acts."""

    def __init__(self, chosen: str | None = None, nth: int = 1, act: Act | None = None) -> None:
        self.crossed: list[str] = []
        self._chosen, self._left, self._act = chosen, nth, act
        self._lock = threading.Lock()

    def cross(self, point: str) -> None:
        with self._lock:
            self.crossed.append(point)
            if self._chosen not in (point, ANY):
                return
            self._left -= 1
            hit = self._left == 0
        if hit and self._act is not None:
            self._act()

    def install(self) -> None:
        """Wrap the seams of this process, for good."""
        from pipeline.adapters import archive, file_swap
        from pipeline.adapters.http import webhook
        from pipeline.adapters.http.client import HttpClient
        from pipeline.adapters.ledger.database import Ledger
        from pipeline.adapters.search_index.server import Server
        from pipeline.flows import alerts
        from pipeline.flows import round as flow

        self._around(archive, "_write_through", "archive file")
        self._around(archive, "_sync_folder", "archive folder")
        self._around(archive.Archive, "remove_before", "archive removal")
        self._around(file_swap, "_take_over", "replacing a file")
        self._around(alerts, "replace_file", "alerts file")
        self._around(webhook, "post_json", "webhook")
        self._lock_of(flow)
        self._requests(HttpClient)
        self._ledger(Ledger)
        self._index(Server)

    def _around(self, owner: Any, name: str, point: str) -> None:
        inner = getattr(owner, name)

        @functools.wraps(inner)
        def wrapped(*arguments: Any, **more: Any) -> Any:
            self.cross(f"before {point}")
            result = inner(*arguments, **more)
            self.cross(f"after {point}")
            return result

        setattr(owner, name, wrapped)

    def _lock_of(self, flow: Any) -> None:
        inner = flow.round_lock

        @contextmanager
        def wrapped(home: Any, **more: Any) -> Iterator[None]:
            self.cross("before round lock")
            with inner(home, **more):
                self.cross("after round lock")
                yield
            self.cross("after round lock given back")

        flow.round_lock = wrapped

    def _requests(self, client: Any) -> None:
        inner = client.get

        @functools.wraps(inner)
        async def wrapped(it: Any, url: str, **more: Any) -> Any:
            what = "robots" if url.endswith("/robots.txt") else "feed" if url.endswith("/feed") else "page"
            self.cross(f"before request of {what}")
            answer = await inner(it, url, **more)
            self.cross(f"after request of {what}")
            return answer

        client.get = wrapped

    def _ledger(self, ledger: Any) -> None:
        from sqlalchemy import Engine, event

        @event.listens_for(Engine, "after_cursor_execute")
        def executed(_c: Any, _u: Any, statement: str, *_: Any) -> None:
            found = STATEMENT.match(statement)
            if found:
                self.cross(f"after {found[1].split()[0].lower()} {found[2]}")

        ledger.write, ledger.brief = self._commits(ledger.write), self._commits(ledger.brief)

    def _commits(self, inner: Any) -> Any:
        @contextmanager
        def wrapped(it: Any) -> Iterator[Any]:
            place = _flow()
            with inner(it) as connection:
                yield connection
                self.cross(f"before commit {place}")
            self.cross(f"after commit {place}")

        return wrapped

    def _index(self, server: Any) -> None:
        inner = server.ask

        @functools.wraps(inner)
        def wrapped(it: Any, method: str, path: str, *arguments: Any, **more: Any) -> Any:
            point = f"index {method} {_kind(path)}"
            self.cross(f"before {point}")
            answer = inner(it, method, path, *arguments, **more)
            self.cross(f"after {point}")
            return answer

        server.ask = wrapped


def _flow() -> str:
    """The flow's function that opens a transaction, such as ``deliver._noted``."""
    frame = sys._getframe(1)
    while frame.f_back is not None:
        module = frame.f_globals.get("__name__", "")
        if module.startswith("pipeline.flows."):
            return f"{module.removeprefix('pipeline.flows.')}.{frame.f_code.co_name}"
        frame = frame.f_back
    return "elsewhere"


def _kind(path: str) -> str:
    parts = path.strip("/").split("/")
    named = [part for part in parts if part.startswith("_")]
    if "_bulk" in named:
        return "_bulk of stories" if len(parts) > 1 else "_bulk of boards"
    return named[0] if named else "indices"
