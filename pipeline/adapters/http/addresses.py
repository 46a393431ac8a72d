"""Which network addresses may be asked. Private ones are refused after resolution, for every connection.

The list of special ranges is Python's (``ipaddress``, after the IANA registries).
IPv4 carried inside IPv6 is looked at as IPv4.
"""

import ipaddress
import socket
from collections.abc import Sequence

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

NAT64 = ipaddress.ip_network("64:ff9b::/96")
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class AddressRefused(OSError):
    """The host has only addresses that must not be asked."""


class AllowedHosts:
    """The operator's exceptions: host names, addresses and CIDR ranges that may be fetched although private."""

    def __init__(self, entries: Sequence[str]) -> None:
        self._ranges = [network for entry in entries if (network := _network(entry)) is not None]
        self._names = {entry.rstrip(".").lower() for entry in entries if _network(entry) is None}

    def names(self, host: str) -> bool:
        """Is this host, by its name or literal address, one of the exceptions?"""
        address = _address(host)
        return host.rstrip(".").lower() in self._names or (address is not None and self._in_range(address))

    def permits(self, host: str, address: str) -> bool:
        """May a connection for ``host`` go to ``address``?"""
        parsed = _address(address)
        if parsed is None:
            return False
        return host.rstrip(".").lower() in self._names or self._in_range(parsed) or is_public(parsed)

    def _in_range(self, address: IPAddress) -> bool:
        plain = embedded_ipv4(address)
        return any(candidate in network for network in self._ranges for candidate in {address, plain})


def is_public(address: IPAddress) -> bool:
    """Globally reachable unicast, also after unwrapping IPv4 carried inside IPv6."""
    plain = embedded_ipv4(address)
    return plain.is_global and not plain.is_multicast and not plain.is_reserved and not plain.is_unspecified


def embedded_ipv4(address: IPAddress) -> IPAddress:
    """The IPv4 address that a mapped, 6to4, Teredo or NAT64 address stands for; any other address as it is."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in NAT64 else address


class GuardedResolver(AbstractResolver):
    """Resolves names and hands on only permitted addresses, which are the very ones that get connected."""

    def __init__(self, allowed: AllowedHosts) -> None:
        self._allowed = allowed
        self._inner = aiohttp.ThreadedResolver()

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


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text.strip("[]"), strict=False)
    except ValueError:
        return None


def _address(text: str) -> IPAddress | None:
    try:
        return ipaddress.ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None


def is_literal(host: str) -> bool:
    """Does the URL name an address instead of a host? Such a host is never resolved, so it is checked by itself."""
    return _address(host) is not None
