"""Which network addresses may be asked. Private ones are refused after resolution, for every connection.

The list of special ranges is Python's (``ipaddress``, after the IANA registries); of IPv6 only the space that IANA
gives out for global unicast counts as public. IPv4 carried inside IPv6 is looked at as IPv4.
"""

import ipaddress
from collections.abc import Sequence

NAT64 = ipaddress.ip_network("64:ff9b::/96")
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
SPECIAL = tuple(
    ipaddress.ip_network(block)
    for block in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "3fff::/20", "168.63.129.16/32")
)
"""Special by the registries but not yet in the list of every Python; the last one is public by number, but inside a
cloud (Azure) the machine's own platform answers there."""

LOOPBACK = (ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1"))
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class AddressRefused(OSError):
    """The host has only addresses that must not be asked."""


class AllowedHosts:
    """The operator's exceptions: host names, addresses and CIDR ranges that may be fetched although private."""

    def __init__(self, entries: Sequence[str]) -> None:
        self._ranges = [network for entry in entries if (network := _network(entry)) is not None]
        self._names = {host_key(entry) for entry in entries if _network(entry) is None}

    def names(self, host: str) -> bool:
        """Is this host, by its name or literal address, one of the exceptions?"""
        name = host_key(host)
        if name in self._names:
            return True
        address = _address(host)
        if address is None:  # RFC 6761, 6.3: localhost is loopback
            is_local = name == "localhost" or name.endswith(".localhost")
            return is_local and any(self._in_range(loopback) for loopback in LOOPBACK)
        return self._in_range(address)

    def permits(self, host: str, address: str) -> bool:
        """May a connection for ``host`` go to ``address``?"""
        parsed = _address(address)
        if parsed is None:
            return False
        return host_key(host) in self._names or self._in_range(parsed) or is_public(parsed)

    def _in_range(self, address: IPAddress) -> bool:
        plain = embedded_ipv4(address)
        return any(candidate in network for network in self._ranges for candidate in {address, plain})


def is_public(address: IPAddress) -> bool:
    """Globally reachable unicast, also after unwrapping IPv4 carried inside IPv6."""
    plain = embedded_ipv4(address)
    if isinstance(plain, ipaddress.IPv6Address) and plain not in GLOBAL_UNICAST:
        return False
    is_special = plain.is_multicast or plain.is_reserved or any(plain in block for block in SPECIAL)
    return plain.is_global and not is_special


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
    """Does the URL name an address instead of a host? Such a host is never resolved, so it is checked by itself.

    Figures and dots alone, or a colon, make it one, even where no address can be read from it.
    """
    return ":" in host or host.replace(".", "").isdigit()


def host_key(host: str) -> str:
    """One spelling for one host."""
    return host.rstrip(".").lower()
