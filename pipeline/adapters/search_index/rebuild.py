"""A second story index beside the first: filled while the first goes on serving, then put in its place at once."""

import re
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from typing import Any

from pipeline.adapters.search_index.bulk import batches
from pipeline.adapters.search_index.layout import Names
from pipeline.adapters.search_index.records import Delivery
from pipeline.adapters.search_index.schema import ServerKind, stories_schema
from pipeline.adapters.search_index.sending import Sender
from pipeline.adapters.search_index.server import Server
from pipeline.adapters.search_index.setup import look
from pipeline.errors import CannotRun, SitrepError

UNHURRIED = {"refresh_interval": "-1"}
"""Nobody searches an index that is being filled."""


class Rebuild:
    """Use as a context manager: left before ``switch``, the new index goes and the old one was never touched."""

    def __init__(self, server: Server, names: Names, kind: ServerKind, pauses: tuple[float, ...]) -> None:
        self._server, self._names, self._kind, self._pauses = server, names, kind, pauses
        self._switched = False
        self._answers: Generator[Delivery, None, None] | None = None

    def __enter__(self) -> "Rebuild":
        old = look(self._server, self._names).stories
        if old is None:
            raise CannotRun(f"there is no index {self._names.read} to rebuild; 'sitrep setup' makes it")
        self._old = old
        self.name = f"{self._names.read}-v{self._cleared() + 1}"
        schema = stories_schema(self._kind)
        settings = schema["settings"] | UNHURRIED
        self._server.ask("PUT", f"/{self.name}", schema | {"settings": settings})
        return self

    def __exit__(self, *_: object) -> None:
        if self._answers is not None:
            self._answers.close()  # a request that came after the index has gone would make it again
        if not self._switched:
            with suppress(SitrepError):  # the next rebuild clears it away
                self._server.ask("DELETE", f"/{self.name}")

    def deliver(self, documents: Iterable[dict[str, Any]]) -> Iterator[Delivery]:
        """Fill the new index; as ``SearchIndex.deliver``."""
        sender = Sender(self._server, self.name, self._pauses, time.sleep, is_alias=False)
        self._answers = sender.send(batches(documents))
        return self._answers

    def switch(self) -> None:
        """Put both aliases on the new index in one step, and drop the old one."""
        self._server.ask("PUT", f"/{self.name}/_settings", {"index": {"refresh_interval": None}})
        self._server.ask("POST", f"/{self.name}/_refresh")
        actions: list[dict[str, Any]] = [
            {"remove": {"index": self._old, "alias": self._names.read}},
            {"remove": {"index": self._old, "alias": self._names.write}},
            {"add": {"index": self.name, "alias": self._names.read}},
            {"add": {"index": self.name, "alias": self._names.write, "is_write_index": True}},
        ]
        self._server.ask("POST", "/_aliases", {"actions": actions})
        self._switched = True
        self._server.ask("DELETE", f"/{self._old}")

    def _cleared(self) -> int:
        """The highest number among our story indices; what an interrupted rebuild has left of them is removed."""
        numbers = [self._number(self._old)]
        params = {"expand_wildcards": "all", "filter_path": "*.aliases,*.settings.index.uuid"}
        indices = self._server.ask("GET", f"/{self._names.read}-v*", params=params)
        for index, held in indices.items():
            number = self._number(index)
            if number and index != self._old and not held.get("aliases"):
                self._server.ask("DELETE", f"/{index}")
            numbers.append(number)
        return max(numbers)

    def _number(self, index: str) -> int:
        """0 for an index that is none of ours."""
        found = re.fullmatch(re.escape(self._names.read) + r"-v(\d{1,9})", index)
        return int(found[1]) if found else 0
