"""One GET of a server that answers as scripted."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

from pipeline.adapters.http.addresses import AllowedHosts
from pipeline.adapters.http.client import HttpClient
from pipeline.adapters.http.politeness import HostTurns
from pipeline.model import Exchange, FetchFailure
from tests.support.exchanges import NOON
from tests.support.origin import Origin, Reply, origin

ENOUGH = 1_000_000
FAR = 10.0**12


class Names(AbstractResolver):
    """Host names of a test, and the addresses that they lead to."""

    def __init__(self, names: Mapping[str, tuple[str, ...]]) -> None:
        self._names = names

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if host not in self._names:
            raise OSError(f"no such host: {host}")
        return [
            ResolveResult(hostname=host, host=address, port=port, family=socket.AF_INET, proto=0, flags=0)
            for address in self._names[host]
        ]

    async def close(self) -> None:
        pass


@asynccontextmanager
async def client(
    *,
    allow: tuple[str, ...] = ("127.0.0.0/8",),
    contact: str | None = None,
    time_limit: float = 10.0,
    deadline: float = FAR,
    names: Mapping[str, tuple[str, ...]] | None = None,
    clock: Callable[[], datetime] = lambda: NOON,
) -> AsyncIterator[HttpClient]:
    turns = HostTurns(0.0, deadline)
    resolver = Names(names or {})
    allowed = AllowedHosts(allow)
    async with HttpClient(
        turns, allowed, contact=contact, time_limit=time_limit, clock=clock, names=resolver
    ) as opened:
        yield opened


def fetched(
    script: Mapping[str, Reply], path: str = "/", *, max_bytes: int = ENOUGH, asking: Any = None, **options: Any
) -> tuple[Exchange | FetchFailure, Origin]:
    """GET one path of a server that answers as scripted."""

    async def run() -> tuple[Exchange | FetchFailure, Origin]:
        async with origin(script) as site, client(**options) as http:
            return await http.get(site.url(path), max_bytes=max_bytes, **(asking or {})), site

    return asyncio.run(run())


def answer_of(script: Mapping[str, Reply], path: str = "/", **options: Any) -> Exchange:
    got, _ = fetched(script, path, **options)
    assert isinstance(got, Exchange), got
    return got


def failure_of(script: Mapping[str, Reply], path: str = "/", **options: Any) -> FetchFailure:
    got, site = fetched(script, path, **options)
    assert isinstance(got, FetchFailure), got
    assert got.url == site.url(path)
    return got
