"""One GET asks no private address and shows no credentials."""

import asyncio

import pytest

from pipeline.model import Exchange, FetchFailure
from tests.support.fetching import ENOUGH, client
from tests.support.origin import Origin, exactly, origin, redirect, reply

# addresses


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:169.254.169.254]",
        "[64:ff9b::7f00:1]",
        "[fe80::1%25lo]",
        "0.0.0.0",
        "10.0.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "224.0.0.1",
        "127。0。0。1",
        "１２７.0.0.1",
    ],
)
def test_a_private_address_is_refused_in_every_spelling(host: str) -> None:
    async def run() -> tuple[Exchange | FetchFailure, int]:
        async with origin({"/": reply()}) as site, client(allow=()) as http:
            return await http.get(site.url(host=host), max_bytes=ENOUGH), site.connections

    got, connections = asyncio.run(run())
    assert isinstance(got, FetchFailure)
    assert (got.kind, got.temporary) == ("address_refused", False)
    assert "SITREP_ALLOW_HOSTS" in got.detail
    assert connections == 0


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0177.0.0.1", "127.0.0.1."])
def test_an_address_in_a_spelling_of_old_is_refused(host: str) -> None:
    async def run() -> tuple[Exchange | FetchFailure, int]:
        async with origin({"/": reply()}) as site, client(allow=()) as http:
            return await http.get(site.url(host=host), max_bytes=ENOUGH), site.connections

    got, connections = asyncio.run(run())
    assert isinstance(got, FetchFailure)
    assert connections == 0


def test_a_name_that_leads_to_a_private_address_is_refused() -> None:
    async def run() -> tuple[Exchange | FetchFailure, int]:
        names = {"innocent.example": ("127.0.0.1", "10.0.0.1")}
        async with origin({"/": reply()}) as site, client(allow=(), names=names) as http:
            return await http.get(site.url(host="innocent.example"), max_bytes=ENOUGH), site.connections

    got, connections = asyncio.run(run())
    assert isinstance(got, FetchFailure)
    assert (got.kind, got.temporary, connections) == ("address_refused", False, 0)
    assert "innocent.example leads to 10.0.0.1, 127.0.0.1" in got.detail


@pytest.mark.parametrize("allow", [("newsroom.example",), ("127.0.0.0/8",), ("127.0.0.1",)])
def test_an_allowed_name_or_range_may_be_private(allow: tuple[str, ...]) -> None:
    async def run() -> Exchange | FetchFailure:
        names = {"newsroom.example": ("10.255.255.1", "127.0.0.1") if "/" in allow[0] else ("127.0.0.1",)}
        async with origin({"/": reply(200, b"x")}) as site, client(allow=allow, names=names) as http:
            return await http.get(site.url(host="newsroom.example"), max_bytes=ENOUGH)

    assert isinstance(asyncio.run(run()), Exchange)


@pytest.mark.parametrize("to", ["127.0.0.2", "[::ffff:127.0.0.2]", "inside.example"])
def test_a_redirect_to_a_private_address_is_refused(to: str) -> None:
    async def run() -> tuple[Exchange | FetchFailure, int]:
        names = {"inside.example": ("127.0.0.2",)}
        async with (
            origin({"/": reply(200, b"secret")}, host="127.0.0.2") as inside,
            origin({"/": redirect(302, inside.url(host=to))}) as site,
            client(allow=("127.0.0.1",), names=names) as http,
        ):
            return await http.get(site.url(), max_bytes=ENOUGH), inside.connections

    got, connections = asyncio.run(run())
    assert isinstance(got, FetchFailure)
    assert (got.kind, connections) == ("address_refused", 0)


# credentials


def test_credentials_of_the_url_are_sent_and_shown_nowhere() -> None:
    async def run() -> tuple[Exchange | FetchFailure, list[Origin]]:
        async with origin({"/a": redirect(302, "/b"), "/b": reply(200, b"x")}) as site, client() as http:
            return await http.get(site.url("/a").replace("//", "//me:p%40ss@"), max_bytes=ENOUGH), [site]

    got, (site,) = asyncio.run(run())
    assert isinstance(got, Exchange)
    assert {request.headers["authorization"] for request in site.requests} == {"Basic bWU6cEBzcw=="}
    assert "ss@" not in repr(got)
    assert got.requested_url == site.url("/a")


def test_credentials_of_the_url_are_not_shown_by_failures() -> None:
    async def run() -> list[Exchange | FetchFailure]:
        async with origin({"/": exactly(b"")}) as site, client() as http:
            urls = [site.url("/"), "http://10.0.0.1/", "http://nowhere.example/", "ftp://x.example/"]
            return [await http.get(url.replace("//", "//me:hidden@"), max_bytes=ENOUGH) for url in urls]

    got = asyncio.run(run())
    assert all(isinstance(item, FetchFailure) for item in got)
    assert "hidden" not in repr(got)


def test_credentials_do_not_follow_to_another_host_and_a_servers_own_are_not_taken() -> None:
    async def run() -> list[Origin]:
        async with (
            origin({"/": reply(200, b"x")}, host="127.0.0.2") as other,
            origin({"/": redirect(302, other.url().replace("//", "//evil:1@"))}) as site,
            client() as http,
        ):
            await http.get(site.url().replace("//", "//me:pass@"), max_bytes=ENOUGH)
            return [site, other]

    site, other = asyncio.run(run())
    assert "authorization" in site.requests[0].headers
    assert "authorization" not in other.requests[0].headers
