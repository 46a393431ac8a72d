"""From host names to the addresses that may be asked."""

import socket

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from pipeline.adapters.http.addresses import AddressRefused, AllowedHosts


class GuardedResolver(AbstractResolver):
    """Resolves names and hands on only permitted addresses, which are the very ones that get connected."""

    def __init__(self, allowed: AllowedHosts, names: AbstractResolver | None = None) -> None:
        self._allowed = allowed
        self._inner = names or aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        permitted = [item for item in found if self._allowed.permits(host, item["host"])]
        if not permitted:
            raise AddressRefused(f"{host} leads to {', '.join(sorted({item['host'] for item in found}))}")
        return permitted

    async def close(self) -> None:
        await self._inner.close()
