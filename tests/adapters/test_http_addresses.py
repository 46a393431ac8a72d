"""Which addresses may be asked."""

import asyncio
import ipaddress
import socket

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import given
from hypothesis import strategies as st

from pipeline.adapters.http.addresses import AddressRefused, AllowedHosts, is_literal, is_public
from pipeline.adapters.http.resolver import GuardedResolver

PUBLIC = [
    "93.184.215.14",
    "8.8.8.8",
    "2606:4700:4700::1111",
    "2a00:1450:4001:81b::200e",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
]

NOT_PUBLIC = {
    "127.0.0.1": "loopback",
    "127.255.255.254": "loopback",
    "0.0.0.0": "this host",
    "0.1.2.3": "this network",
    "10.1.2.3": "private",
    "172.16.0.1": "private",
    "172.31.255.255": "private",
    "192.168.0.1": "private",
    "100.64.0.1": "carrier's",
    "100.100.100.200": "a cloud's metadata",
    "169.254.169.254": "metadata",
    "168.63.129.16": "a cloud's platform",
    "192.0.0.192": "a cloud's metadata",
    "192.88.99.1": "6to4 relay",
    "192.0.2.1": "documentation",
    "198.18.0.1": "benchmarks",
    "203.0.113.9": "documentation",
    "224.0.0.1": "multicast",
    "239.255.255.250": "multicast",
    "240.0.0.1": "reserved",
    "255.255.255.255": "broadcast",
    "::1": "loopback",
    "::": "unspecified",
    "::127.0.0.1": "IPv4-compatible",
    "::ffff:127.0.0.1": "mapped",
    "::ffff:10.0.0.1": "mapped",
    "::ffff:169.254.169.254": "mapped",
    "::ffff:0:127.0.0.1": "translated",
    "64:ff9b::7f00:1": "NAT64",
    "64:ff9b::a9fe:a9fe": "NAT64",
    "64:ff9b:1::1": "local NAT64",
    "2002:7f00:1::": "6to4",
    "2002:a9fe:a9fe::1": "6to4",
    "2001:0:4136:e378:8000:63bf:80ff:fffe": "Teredo, client 127.0.0.1",
    "fe80::1": "link-local",
    "fec0::1": "site-local",
    "fc00::1": "unique local",
    "fd00:ec2::254": "metadata",
    "ff02::1": "multicast",
    "ff0e::1": "multicast",
    "100::1": "discard",
    "2001:db8::1": "documentation",
    "3fff::1": "documentation",
    "2001:20::1": "ORCHID",
    "5f00::1": "segment routing",
}


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_asked(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))
    assert AllowedHosts(()).permits("a.example", address)


@pytest.mark.parametrize("address", NOT_PUBLIC, ids=lambda address: f"{address} ({NOT_PUBLIC[address]})")
def test_no_other_address_may(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))
    assert not AllowedHosts(()).permits("a.example", address)
    assert not AllowedHosts(("b.example", "127.9.9.9")).permits("a.example", address)


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_judged_alike_however_it_is_wrapped(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    for wrapped in (f"::ffff:{address}", f"64:ff9b::{address}", f"2002:{number >> 16:x}:{number & 0xFFFF:x}::1"):
        assert is_public(ipaddress.ip_address(wrapped)) == is_public(address)


@pytest.mark.parametrize(
    ("entries", "host", "address", "permitted"),
    [
        (("127.0.0.0/8",), "127.0.0.9", "127.0.0.9", True),
        (("127.0.0.1",), "127.0.0.2", "127.0.0.2", False),
        (("127.0.0.1",), "a.example", "127.0.0.1", True),
        (("127.0.0.1",), "a.example", "::ffff:127.0.0.1", True),
        (("10.0.0.0/8",), "a.example", "64:ff9b::a00:1", True),
        (("::1",), "[::1]", "::1", True),
        (("fd00::/8",), "a.example", "fd12::1", True),
        (("fe80::/10",), "a.example", "fe80::1%lo", True),
        (("news.example",), "news.example", "10.0.0.1", True),
        (("news.example",), "NEWS.example.", "10.0.0.1", True),
        (("News.Example.",), "news.example", "10.0.0.1", True),
        (("news.example",), "evil-news.example", "10.0.0.1", False),
        (("news.example",), "sub.news.example", "10.0.0.1", False),
        (("news.example",), "news.example", "no address", False),
        (("127.0.0.0/8",), "a.example", "10.0.0.1", False),
    ],
)
def test_the_operators_exceptions(entries: tuple[str, ...], host: str, address: str, permitted: bool) -> None:
    assert AllowedHosts(entries).permits(host, address) is permitted


@pytest.mark.parametrize(
    ("entries", "host", "named"),
    [
        (("127.0.0.0/8",), "127.0.0.9", True),
        (("127.0.0.0/8",), "::ffff:127.0.0.9", True),
        (("127.0.0.0/8",), "128.0.0.9", False),
        (("127.0.0.0/8",), "localhost", True),
        (("127.0.0.0/8",), "News.localhost.", True),
        (("::1",), "localhost", True),
        (("10.0.0.0/8",), "localhost", False),
        (("127.0.0.0/8",), "notlocalhost", False),
        (("127.0.0.0/8",), "a.example", False),
        (("a.example",), "A.Example", True),
        (("a.example",), "b.example", False),
        ((), "127.0.0.1", False),
        ((), "", False),
    ],
)
def test_a_host_is_named_among_the_exceptions(entries: tuple[str, ...], host: str, named: bool) -> None:
    assert AllowedHosts(entries).names(host) is named


@pytest.mark.parametrize(
    ("host", "literal"),
    [
        ("127.0.0.1", True),
        ("127.1", True),
        ("2130706433", True),
        ("::1", True),
        ("fe80::1%25lo", True),
        ("a.example", False),
        ("0x7f.1", False),
        ("1.example", False),
        ("", False),
    ],
)
def test_an_address_in_place_of_a_name_is_told_by_its_look(host: str, literal: bool) -> None:
    assert is_literal(host) is literal


class Answering(AbstractResolver):
    """Leads every name to the same addresses."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in self._addresses
        ]

    async def close(self) -> None:
        pass


def resolved(allowed: tuple[str, ...], *addresses: str) -> list[str]:
    async def run() -> list[str]:
        resolver = GuardedResolver(AllowedHosts(allowed), Answering(*addresses))
        return [item["host"] for item in await resolver.resolve("a.example", 80)]

    return asyncio.run(run())


def test_of_a_names_addresses_only_the_permitted_ones_are_handed_on() -> None:
    assert resolved((), "10.0.0.1", "8.8.8.8", "::1") == ["8.8.8.8"]
    assert resolved(("10.0.0.0/8",), "10.0.0.1", "8.8.8.8", "::1") == ["10.0.0.1", "8.8.8.8"]


def test_a_name_with_private_addresses_alone_is_refused_and_they_are_told() -> None:
    with pytest.raises(AddressRefused, match=r"a\.example leads to 10\.0\.0\.1, ::1"):
        resolved((), "::1", "10.0.0.1")


def test_the_names_of_this_machine_are_resolved_by_the_operating_system() -> None:
    async def run() -> list[str]:
        resolver = GuardedResolver(AllowedHosts(("127.0.0.0/8", "::1")))
        found = await resolver.resolve("localhost", 80)
        await resolver.close()
        return [item["host"] for item in found]

    assert set(asyncio.run(run())) & {"127.0.0.1", "::1"}
