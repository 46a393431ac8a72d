"""The search index of one prefix on one server: set up, fill, ask, compare."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from pipeline.adapters.search_index.bulk import batches, removal
from pipeline.adapters.search_index.layout import Names
from pipeline.adapters.search_index.notes import note_batches, refusals, removals
from pipeline.adapters.search_index.query import search_body, search_result
from pipeline.adapters.search_index.rebuild import Rebuild
from pipeline.adapters.search_index.records import (
    Delivery,
    IndexedVersion,
    Note,
    SearchHit,
    SearchQuery,
    SearchResult,
)
from pipeline.adapters.search_index.schema import ServerKind
from pipeline.adapters.search_index.sending import Sender
from pipeline.adapters.search_index.server import JSON, NDJSON, Credentials, Refused, Server
from pipeline.adapters.search_index.setup import boards_are_current, look, set_up
from pipeline.adapters.search_index.similar import similar_body
from pipeline.errors import CannotRun, ConfigError, SitrepError

PAGE = 5000
"""Documents of one step through the whole index: ids and two numbers each, about 1 MB."""
KEEP_ALIVE = "5m"
FORGET_TRIES, FORGET_PAUSE = 40, 0.1
PAUSES = (1.0, 2.0, 4.0)
WHOLE = {"allow_partial_search_results": "false"}
ANONYMOUS = Credentials()


class SearchIndex:
    """Methods raise ``ServerUnreachable``, ``ConfigError`` (credentials refused) or ``CannotRun`` (all else)."""

    def __init__(
        self,
        url: str,
        *,
        prefix: str,
        kind: ServerKind | None = None,
        credentials: Credentials = ANONYMOUS,
        pauses: tuple[float, ...] = PAUSES,
    ) -> None:
        """``kind`` None: find out when setting up. ``pauses``: seconds before each new try at a busy server."""
        self._names = Names(prefix)
        self._kind = kind
        self._pauses = pauses
        self._server = Server(url, credentials)

    def setup(self) -> tuple[str, ...]:
        """Create or update template, index, aliases; returns what changed, a line each. Others' things stay as is."""
        identity = self._server.identify()
        return set_up(self._server, self._names, self._kind or identity.kind)

    def deliver(self, documents: Iterable[dict[str, Any]]) -> Iterator[Delivery]:
        """Send documents in bulk; exactly one ``Delivery`` for each, in their order.

        Never raises for trouble with the server: what it did not take is answered with ``retry``, and once it does not
        answer at all the rest is so too, unsent.
        """
        sender = Sender(self._server, self._names.write, self._pauses, time.sleep)
        yield from sender.send(batches(documents))

    def search(self, query: SearchQuery) -> SearchResult:
        """The stories that match, best first (newest first without words)."""
        return search_result(self._ask("POST", f"/{self._names.read}/_search", search_body(query), params=WHOLE))

    def alike(self, title: str, text: str, *, size: int, copies: bool = False) -> tuple[SearchHit, ...]:
        """The stories that share most of a text's telling words, best first."""
        body = similar_body(title, text, size=size, copies=copies)
        return search_result(self._ask("POST", f"/{self._names.read}/_search", body, params=WHOLE)).hits

    def held(self) -> Iterator[IndexedVersion]:
        """Every document at one point in time, in no order; memory stays bounded."""
        pit = self._ask("POST", f"/{self._names.read}/_pit", params={"keep_alive": KEEP_ALIVE})["id"]
        try:
            after = None
            while hits := (answer := self._ask("POST", "/_search", _page(pit, after), params=WHOLE))["hits"]["hits"]:
                yield from map(_held, hits)
                pit, after = answer["pit_id"], hits[-1]["sort"]
        finally:
            with suppress(SitrepError):  # it ends by itself after a while
                self._ask("DELETE", "/_pit", {"id": pit})

    def present(self, ids: Sequence[str]) -> set[str]:
        """Which of these (at most ``PAGE``) the index holds."""
        body = {"size": len(ids), "_source": False, "track_total_hits": False, "query": {"ids": {"values": list(ids)}}}
        answer = self._ask("POST", f"/{self._names.read}/_search", body, params=WHOLE)
        return {hit["_id"] for hit in answer["hits"]["hits"]}

    def serving(self) -> str | None:
        """The name of the index behind the aliases."""
        return look(self._server, self._names).stories

    def rebuild(self) -> Rebuild:
        """A fresh story index to fill and to put in the place of the one there is."""
        kind = self._kind or self._server.identify().kind
        return Rebuild(self._server, self._names, kind, self._pauses)

    def remove(self, ids: Sequence[str]) -> None:
        """Take documents out, so that any revision of them can come in again; unknown ids do no harm."""
        for start in range(0, len(ids), PAGE):
            batch = ids[start : start + PAGE]
            self._delete(batch)
            self._forget(batch)
        self.refresh()

    def keep(self, notes: Iterable[Note]) -> None:
        """Write what boards show. Raises ``CannotRun`` if some are refused; the others are kept."""
        self._make_boards()
        refused: list[str] = []
        for batch in note_batches(self._names, notes):
            refused += refusals(self._ask("POST", "/_bulk", batch, content=NDJSON))
        if refused:
            raise CannotRun(f"{len(refused)} notes for boards were refused at {self._server.url}: {refused[0]}")

    def drop_notes(self, before: str) -> int:
        """Take out what boards were last told before this time, at most ``PAGE`` at once; returns how many."""
        body = {"size": PAGE, "_source": False, "query": {"range": {"@timestamp": {"lt": before}}}}
        hits = self._ask("POST", f"/{','.join(self._names.boards)}/_search", body)["hits"]["hits"]
        if hits:
            self._ask("POST", "/_bulk", removals(hits), content=NDJSON)
        return len(hits)

    def refresh(self) -> None:
        """Make everything delivered visible to searches."""
        self._ask("POST", f"/{self._names.read}/_refresh")

    def close(self) -> None:
        self._server.close()

    def __enter__(self) -> "SearchIndex":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(
        self, method: str, path: str, body: Any = None, *, params: dict[str, Any] | None = None, content: str = JSON
    ) -> Any:
        try:
            return self._server.ask(method, path, body, params=params, content=content)
        except Refused as refusal:
            if refusal.kind != "index_not_found_exception":
                raise
            raise CannotRun(
                f"there is no index {self._names.read} at {self._server.url} yet; "
                "'sitrep setup' makes it, 'sitrep ingest' fills it"
            ) from None

    def _make_boards(self) -> None:
        """Elasticsearch would invent an index that is missing, and an older one refuses fields it does not know."""
        try:
            found = look(self._server, self._names)
        except ConfigError:
            return  # who may not look may not create either
        if not boards_are_current(self._names, found):
            self.setup()

    def _forget(self, ids: Sequence[str]) -> None:
        """Elasticsearch remembers the version of a removed document for a moment, and refuses older ones meanwhile.

        It forgets with a refresh (``index.gc_deletes: 0s``), by a clock of its own that ticks every 200 ms. Removing
        again as version 1 succeeds once it has, and leaves a memory that no revision is older than.
        """
        for _ in range(FORGET_TRIES):
            self.refresh()
            ids = self._delete(ids, version=1)
            if not ids:
                return
            time.sleep(FORGET_PAUSE)
        raise CannotRun(
            f"{len(ids)} removed documents at {self._server.url} still keep older ones out; try again later"
        )

    def _delete(self, ids: Sequence[str], version: int | None = None) -> list[str]:
        """Returns the ids that were kept by a newer version than ``version``."""
        if not ids:
            return []
        body = b"".join(removal(story_id, version) for story_id in ids)
        answers = self._ask("POST", f"/{self._names.write}/_bulk", body, content=NDJSON)["items"]
        failed = [answer["delete"] for answer in answers if answer["delete"]["status"] not in (200, 404, 409)]
        if failed:
            raise CannotRun(f"documents cannot be removed at {self._server.url}: {failed[0].get('error')}")
        return [answer["delete"]["_id"] for answer in answers if answer["delete"]["status"] == 409]


def _page(pit: str, after: list[Any] | None) -> dict[str, Any]:
    page = {
        "pit": {"id": pit, "keep_alive": KEEP_ALIVE},
        "size": PAGE,
        "sort": ["_shard_doc"],
        "track_total_hits": False,
        "_source": False,
        "version": True,
        "docvalue_fields": ["revision", "version"],
    }
    return page if after is None else page | {"search_after": after}


def _held(hit: dict[str, Any]) -> IndexedVersion:
    """A document without these fields is none of ours: no story has revision 0."""
    fields = hit.get("fields", {})
    revision, version = (fields.get(name, [0])[0] for name in ("revision", "version"))
    return IndexedVersion(hit["_id"], revision, version, hit["_version"])
