"""One delivery's bulk requests: busy servers are asked again, large requests halved, and nothing is ever lost."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from pipeline.adapters.search_index.bulk import Action, delivery
from pipeline.adapters.search_index.records import Delivery
from pipeline.adapters.search_index.server import NDJSON, Refused, Server
from pipeline.errors import SitrepError

IN_FLIGHT = 2
"""Requests that the server works on at once, on a thread each: an index of one shard keeps two cores busy so."""
# An alias that has gone must not make Elasticsearch invent an index under its name.
ALIAS_ONLY = {"require_alias": "true"}
PARAMETERS = {"filter_path": "items.*.status,items.*.error.type,items.*.error.reason"}


class Sender:
    """Once the server does not answer, or its patience is used up, no later batch waits for it again.

    ``sleep`` is called from several threads.
    """

    def __init__(
        self,
        server: Server,
        name: str,
        pauses: tuple[float, ...],
        sleep: Callable[[float], None],
        *,
        is_alias: bool = True,
    ) -> None:
        self._server, self._path = server, f"/{name}/_bulk"
        self._parameters = PARAMETERS | (ALIAS_ONLY if is_alias else {})
        self._pauses, self._sleep = pauses, sleep
        self._gone: str | None = None

    def send(self, batches: Iterable[list[Action]]) -> Generator[Delivery, None, None]:
        """One ``Delivery`` for each action, in order; the server works on one request while the next one is made.

        Once it is closed no request is under way.
        """
        under_way: deque[Future[list[Delivery]]] = deque()
        threads = ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="bulk")
        try:
            for batch in batches:
                under_way.append(threads.submit(self._send, batch))
                if len(under_way) > IN_FLIGHT:
                    yield from under_way.popleft().result()
            while under_way:
                yield from under_way.popleft().result()
        except BaseException:
            self._gone = "the delivery was broken off"  # so that what is under way is not tried again
            raise
        finally:
            threads.shutdown(cancel_futures=True)

    def _send(self, batch: list[Action]) -> list[Delivery]:
        answers = iter(self._settle([item for item in batch if not item.problem]))
        return [item.ends("rejected", item.problem) if item.problem else next(answers) for item in batch]

    def _settle(self, items: list[Action]) -> list[Delivery]:
        answers = self._request(items)
        for pause in self._pauses:
            again = [place for place, answer in enumerate(answers) if answer.outcome == "retry"]
            if not again or self._gone:
                return answers
            self._sleep(pause)
            for place, answer in zip(again, self._request([items[place] for place in again]), strict=True):
                answers[place] = answer
        if any(answer.outcome == "retry" for answer in answers):
            self._pauses = ()
        return answers

    def _request(self, items: list[Action]) -> list[Delivery]:
        if not items or self._gone:
            return _later(items, self._gone or "")
        body = b"\n".join(item.lines for item in items) + b"\n"
        try:
            answer = self._server.ask("POST", self._path, body, params=self._parameters, content=NDJSON)
        except Refused as refusal:
            return self._halved(items) if refusal.status == 413 else _later(items, str(refusal))
        except SitrepError as error:
            self._gone = str(error)
            return _later(items, self._gone)
        return _read(items, answer)

    def _halved(self, items: list[Action]) -> list[Delivery]:
        """The server, or a proxy before it, takes less at once than we send (413)."""
        if len(items) == 1:
            return [items[0].ends("rejected", f"{len(items[0].lines)} bytes are more than the server takes")]
        middle = len(items) // 2
        return self._request(items[:middle]) + self._request(items[middle:])


def _later(items: list[Action], reason: str) -> list[Delivery]:
    return [item.ends("retry", reason) for item in items]


def _read(items: list[Action], answer: Any) -> list[Delivery]:
    rows = answer.get("items", ())
    if len(rows) != len(items):
        return _later(items, f"the server answered {len(rows)} of {len(items)} items")
    return [delivery(item, next(iter(row.values()))) for item, row in zip(items, rows, strict=True)]
