"""Bulk requests side by side: as many as the server may work on at once, answers in order, nothing read far ahead."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from pipeline.adapters.search_index.bulk import Action
from pipeline.adapters.search_index.sending import IN_FLIGHT, Sender
from pipeline.errors import ServerUnreachable


class Stand:
    """Takes the place of a server; ``meet`` is called within each request."""

    def __init__(self, meet: Any) -> None:
        self.meet = meet

    def ask(self, _method: str, _path: str, body: bytes, **_: Any) -> dict[str, Any]:
        self.meet(body)
        return {"items": [{"index": {"status": 200}} for _ in body.splitlines()]}


def sender(meet: Any) -> Sender:
    return Sender(Stand(meet), "stories", (), lambda _: None)  # type: ignore[arg-type]


def batches(count: int) -> list[list[Action]]:
    return [[Action(f"d{number}", 1, b"line")] for number in range(count)]


def test_requests_are_under_way_together_and_answers_come_in_order() -> None:
    all_there = threading.Barrier(IN_FLIGHT, timeout=30)
    answers = list(sender(lambda _: all_there.wait()).send(batches(4 * IN_FLIGHT)))
    assert [answer.story_id for answer in answers] == [f"d{number}" for number in range(4 * IN_FLIGHT)]
    assert {answer.outcome for answer in answers} == {"indexed"}


def test_documents_are_not_read_far_ahead_of_the_server() -> None:
    read = 0

    def counted() -> Iterator[list[Action]]:
        nonlocal read
        for batch in batches(50):
            read += 1
            yield batch

    answers = sender(lambda _: None).send(counted())
    for done in range(1, 51):
        next(answers)
        assert read <= done + IN_FLIGHT


def test_a_server_that_went_away_gets_no_more_than_what_was_under_way() -> None:
    asked: list[bytes] = []

    def away(body: bytes) -> None:
        asked.append(body)
        raise ServerUnreachable("http://127.0.0.1", "does not answer")

    answers = list(sender(away).send(batches(20)))
    assert [answer.outcome for answer in answers] == ["retry"] * 20
    assert len(asked) <= IN_FLIGHT


def test_what_is_under_way_is_not_tried_again_once_the_caller_has_left() -> None:
    asked: list[bytes] = []
    begun = threading.Event()

    class Busy(Stand):
        def ask(self, _method: str, _path: str, body: bytes, **_: Any) -> dict[str, Any]:
            asked.append(body)
            begun.set()
            return {"items": [{"index": {"status": 429}} for _ in body.splitlines()]}

    def documents() -> Iterator[list[Action]]:
        yield from batches(1)
        assert begun.wait(30)
        raise OSError("the disk")

    tried = Sender(Busy(None), "stories", (0.0,) * 50, lambda _: time.sleep(0.1))  # type: ignore[arg-type]
    with pytest.raises(OSError, match="the disk"):
        list(tried.send(documents()))
    assert len(asked) < 50


def test_trouble_while_documents_are_read_is_the_callers_and_leaves_no_thread() -> None:
    def broken() -> Iterator[list[Action]]:
        yield from batches(3)
        raise OSError("the disk")

    before = threading.active_count()
    with pytest.raises(OSError, match="the disk"):
        list(sender(lambda _: None).send(broken()))
    assert threading.active_count() == before
