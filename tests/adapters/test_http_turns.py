"""Many GETs at once: turns, rests and memory."""

import asyncio
import gzip
from datetime import datetime, timedelta
from typing import Any

import pytest

from pipeline.adapters.http.client import LONG_BODY, MAX_LONG_BODIES, HttpClient
from pipeline.flows.tools import LARGE, Hand
from pipeline.model import HOST_RESTS, ROUND_OVER, Exchange, FetchFailure
from tests.support.exchanges import NOON
from tests.support.fetching import ENOUGH, client, fetched
from tests.support.origin import head, origin, redirect, reply, silence


def test_after_the_round_no_request_starts() -> None:
    got, site = fetched({"/": reply()}, deadline=-1.0)
    assert isinstance(got, FetchFailure)
    assert (got.kind, got.temporary, site.connections) == (ROUND_OVER, True, 0)


def test_room_is_waited_for_before_each_request() -> None:
    waited: list[int] = []

    async def run() -> list[int]:
        async with origin({"/": redirect(302, "/b"), "/b": reply()}) as site, client() as http:

            async def room() -> None:
                waited.append(len(site.requests))

            await http.get(site.url(), max_bytes=ENOUGH, room=room)
        return waited

    assert asyncio.run(run()) == [0, 1]


def test_a_host_that_does_not_answer_holds_up_no_other_host() -> None:
    async def run() -> tuple[Exchange | FetchFailure, Exchange | FetchFailure]:
        released = asyncio.Event()

        async def late(request: Any, writer: asyncio.StreamWriter) -> None:
            await released.wait()
            await reply(200, b"late")(request, writer)

        async with (
            origin({"/": late}) as slow,
            origin({"/": reply(200, b"quick")}, host="127.0.0.2") as quick,
            client() as http,
        ):
            first = asyncio.create_task(http.get(slow.url(), max_bytes=ENOUGH))
            second = await http.get(quick.url(), max_bytes=ENOUGH)
            assert not first.done()
            released.set()
            return await first, second

    first, second = asyncio.run(run())
    assert isinstance(first, Exchange)
    assert isinstance(second, Exchange)
    assert (first.body, second.body) == (b"late", b"quick")


@pytest.mark.parametrize("stated", ["600", "Mon, 21 Oct 2024 12:10:00 GMT"])
def test_a_429_with_a_time_holds_the_whole_host_until_then(stated: str) -> None:
    now = [NOON]
    busy = reply(429, b"", {"Retry-After": stated, "Date": "Mon, 21 Oct 2024 12:00:00 GMT"})

    async def run() -> list[Exchange | FetchFailure]:
        async with origin({"/a": busy, "/b": reply()}) as site, client(clock=lambda: now[0]) as http:
            answers = [await http.get(site.url(path), max_bytes=ENOUGH) for path in ("/a", "/b")]
            now[0] += timedelta(minutes=10)
            answers.append(await http.get(site.url("/b"), max_bytes=ENOUGH))
            assert site.paths == ["/a", "/b"]
            return answers

    first, held, later = asyncio.run(run())
    assert isinstance(held, FetchFailure)
    assert (held.kind, held.temporary, held.retry_at) == (HOST_RESTS, True, NOON + timedelta(minutes=10))
    assert [answer.status for answer in (first, later)] == [429, 200]


def test_of_several_429s_the_longest_rest_holds() -> None:
    async def run() -> datetime:
        released = asyncio.Event()

        async def late(request: Any, writer: asyncio.StreamWriter) -> None:
            await released.wait()
            await reply(429, b"", {"Retry-After": "60"})(request, writer)

        script = {"/a": late, "/b": reply(429, b"", {"Retry-After": "600"})}
        async with origin(script) as site, client() as http:
            first = asyncio.create_task(http.get(site.url("/a"), max_bytes=ENOUGH))
            while not site.requests:
                await asyncio.sleep(0)
            await http.get(site.url("/b"), max_bytes=ENOUGH)
            released.set()
            await first
            return http.rests["127.0.0.1"]

    assert asyncio.run(run()) == NOON + timedelta(minutes=10)


def test_a_429_without_a_time_holds_nobody() -> None:
    async def run() -> list[str]:
        async with origin({"/a": reply(429), "/b": reply()}) as site, client() as http:
            for path in ("/a", "/b"):
                await http.get(site.url(path), max_bytes=ENOUGH)
            return site.paths

    assert asyncio.run(run()) == ["/a", "/b"]


def test_bombs_of_many_hosts_at_once_do_not_fill_the_memory() -> None:
    """Each of them may unpack to the whole cap, and so much of the memory is given out only a few times."""
    bomb = gzip.compress(bytes(10_000_000))
    names = {f"host-{number}": ("127.0.0.1",) for number in range(40)}
    hand = Hand(limit=40_000_000)
    most = 0

    async def one(http: HttpClient, url: str) -> None:
        nonlocal most
        answer = await http.get(url, max_bytes=10_000_000, room=hand.room)
        assert isinstance(answer, Exchange)
        size = len(answer.raw) + len(answer.body)
        hand.take(size)
        most = max(most, hand.bytes)
        await asyncio.sleep(0.02)
        hand.give_back(size)

    async def run() -> None:
        packed = reply(200, bomb, {"Content-Encoding": "gzip"})
        async with origin({"/": packed}) as site, client(names=names) as http:
            await asyncio.gather(*(one(http, site.url(host=name)) for name in names))

    asyncio.run(run())
    assert most < 52_000_000


def test_those_who_wait_for_room_are_woken_one_after_another_as_long_as_there_is_some() -> None:
    hand = Hand(limit=10)
    order: list[str] = []

    async def one(name: str, size: int) -> None:
        await hand.room()
        order.append(name)
        hand.take(size)

    async def run() -> None:
        hand.take(30)
        sizes = {"gone": 0, "small": 5, "large": 20, "last": 0}
        tasks = {name: asyncio.create_task(one(name, size)) for name, size in sizes.items()}
        await asyncio.sleep(0)
        hand.give_back(10)
        assert not any(woken.done() for woken in hand._waiting)  # there is no room yet
        hand.give_back(15)
        tasks["gone"].cancel()  # though it was just woken
        await asyncio.wait([tasks["large"]])
        await asyncio.sleep(0)
        assert order == ["small", "large"]
        hand.give_back(25)
        await asyncio.wait([tasks["last"]])

    asyncio.run(run())
    assert order == ["small", "large", "last"]


def test_large_documents_are_worked_on_one_after_another_and_small_ones_at_any_time() -> None:
    hand = Hand(limit=0)
    under_way = {"large": 0, "small": 0}
    most = dict(under_way)

    async def work(kind: str, size: int) -> None:
        async with hand.turn_of(size):
            under_way[kind] += 1
            most[kind] = max(most[kind], under_way[kind])
            await asyncio.sleep(0)
            under_way[kind] -= 1

    async def run() -> None:
        await asyncio.gather(*(work(kind, size) for kind, size in [("large", LARGE + 1), ("small", LARGE)] * 5))

    asyncio.run(run())
    assert most == {"large": 1, "small": 5}


def test_only_so_many_long_bodies_are_received_at_once() -> None:
    long = bytes(LONG_BODY + 1)
    names = {f"host-{number}": ("127.0.0.1",) for number in range(MAX_LONG_BODIES + 5)}
    held = silence(head(200, {"Content-Length": str(len(long) + 1)}) + long)

    async def run() -> tuple[int, int]:
        async with origin({"/": held, "/short": reply()}) as site, client(names=names) as http:
            tasks = [asyncio.create_task(http.get(site.url(host=name), max_bytes=2 * LONG_BODY)) for name in names]
            while len(site.requests) < len(names) or http.long_bodies_free:
                await asyncio.sleep(0.01)
            answer = await http.get(site.url("/short"), max_bytes=ENOUGH)
            assert isinstance(answer, Exchange)
            waiting = sum(not task.done() for task in tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            return answer.status, waiting

    assert asyncio.run(run()) == (200, len(names))
