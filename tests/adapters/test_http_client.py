"""One GET and its redirects, against a real server that misbehaves in every way."""

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import brotli
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from pipeline.adapters.http.addresses import AllowedHosts
from pipeline.adapters.http.client import LONG_BODY, MAX_LONG_BODIES, MAX_REDIRECTS, HttpClient
from pipeline.adapters.http.politeness import HostTurns
from pipeline.flows.tools import Hand
from pipeline.model import HOST_RESTS, ROUND_OVER, Exchange, FetchFailure
from tests.support.certificates import self_signed
from tests.support.exchanges import NOON
from tests.support.origin import Origin, Reply, chunk, endless, exactly, head, origin, redirect, reply, silence

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


# what is sent and what comes back


def test_an_answer_comes_back_as_it_was_sent() -> None:
    packed = gzip.compress(b"<rss/>")
    headers = {"Etag": 'W/"a"', "X-Twice": "1", "x-twice": "2", "Content-Encoding": "gzip"}
    got, site = fetched({"/f?a=%2f&b=%7e": reply(200, packed, headers)}, "/f?a=%2f&b=%7e")
    assert isinstance(got, Exchange)
    assert (got.status, got.raw, got.body, got.at) == (200, packed, b"<rss/>", NOON)
    assert got.url == got.requested_url == site.url("/f?a=%2f&b=%7e")
    assert got.headers[1:] == tuple(headers.items())
    assert got.redirects == ()
    assert got.milliseconds >= 0


def test_the_client_says_who_it_is() -> None:
    _, site = fetched({"/": reply()}, contact="ops@example.org")
    sent = site.requests[0].headers
    assert sent["user-agent"].startswith("Sitrep/")
    assert sent["user-agent"].endswith("(+ops@example.org)")
    assert sent["from"] == "ops@example.org"
    assert sent["accept-encoding"] == "gzip, deflate, br, zstd"


def test_only_a_mailbox_goes_into_the_from_header() -> None:
    for contact in ("https://example.org/about", None):
        _, site = fetched({"/": reply()}, contact=contact)
        assert "from" not in site.requests[0].headers
        assert (contact or "Sitrep/") in site.requests[0].headers["user-agent"]


def test_a_fragment_is_never_sent() -> None:
    got, site = fetched({"/a": reply()}, "/a#part")
    assert isinstance(got, Exchange)
    assert site.paths == ["/a"]
    assert got.url.endswith("/a")


def test_no_cookie_goes_back() -> None:
    async def run() -> Origin:
        async with origin({"/": reply(200, b"", {"Set-Cookie": "id=7; Path=/"})}) as site, client() as http:
            for _ in range(2):
                await http.get(site.url(), max_bytes=ENOUGH)
            return site

    assert all("cookie" not in request.headers for request in asyncio.run(run()).requests)


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert answer_of({"/": reply(200, b"direct")}).body == b"direct"


@pytest.mark.parametrize("status", [304, 401, 403, 404, 410, 429, 500, 503])
def test_only_a_200_has_its_body_read(status: int) -> None:
    stated = {"Retry-After": "120", "Content-Encoding": "nonsense", "Content-Length": "99999999"}
    got = answer_of({"/": silence(head(status, stated) + (b"half" if status != 304 else b""))}, max_bytes=10)
    assert (got.status, got.raw, got.body, got.header("retry-after")) == (status, b"", b"", "120")


def test_a_long_header_line_of_a_real_site_is_no_failure() -> None:
    assert answer_of({"/": reply(200, b"x", {"Content-Security-Policy": "a" * 20_000})}).body == b"x"


def test_validators_that_are_no_ascii_go_back_byte_for_byte() -> None:
    async def run() -> tuple[str | None, str]:
        async with origin({"/": reply(200, b"x", {"ETag": '"é"'})}) as site, client() as http:
            first = await http.get(site.url(), max_bytes=ENOUGH)
            assert isinstance(first, Exchange)
            etag = first.header("etag") or ""
            await http.get(site.url(), max_bytes=ENOUGH, headers_for=lambda _: {"If-None-Match": etag})
            return etag, site.requests[1].headers["if-none-match"].encode("latin-1").decode()

    etag, sent = asyncio.run(run())
    assert etag == sent == '"é"'


# redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_and_noted(status: int) -> None:
    got, site = fetched({"/a/b": redirect(status, "../c?d#e"), "/c?d": reply(200, b"there")}, "/a/b")
    assert isinstance(got, Exchange)
    assert (got.body, got.url, got.requested_url) == (b"there", site.url("/c?d"), site.url("/a/b"))
    assert got.redirects == ((status, site.url("/c?d")),)


def test_the_body_of_a_redirect_is_not_waited_for() -> None:
    moved = silence(head(302, {"Location": "/b", "Content-Length": "100"}) + b"half")
    assert answer_of({"/": moved, "/b": reply(200, b"there")}).body == b"there"


def test_ten_redirects_are_followed_and_an_eleventh_is_not() -> None:
    script = {f"/{n}": redirect(302, f"/{n + 1}") for n in range(MAX_REDIRECTS + 5)}
    assert len(answer_of(script | {f"/{MAX_REDIRECTS}": reply(200, b"end")}, "/0").redirects) == MAX_REDIRECTS
    got, site = fetched(script, "/0")
    assert isinstance(got, FetchFailure)
    assert (got.kind, got.temporary) == ("redirect_loop", True)
    assert len(site.requests) == MAX_REDIRECTS + 1


@pytest.mark.parametrize("script", [{"/": "/"}, {"/": "/b", "/b": "/"}, {"/": "/b", "/b": "/c", "/c": "/b"}])
def test_a_circle_ends_where_it_closes(script: dict[str, str]) -> None:
    got, site = fetched({path: redirect(301, to) for path, to in script.items()})
    assert isinstance(got, FetchFailure)
    assert (got.kind, got.temporary) == ("redirect_loop", True)
    assert len(site.requests) == len(script)


@pytest.mark.parametrize(
    "location",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "mailto:a@b.example",
        "http://[::1",
        "data:,x",
        "http://\\x",
    ],
)
def test_a_redirect_away_from_http_ends_there(location: str) -> None:
    got = failure_of({"/": redirect(302, location)})
    assert (got.kind, got.temporary, got.status) == ("bad_redirect", False, 302)


def test_a_redirect_without_location_has_a_name() -> None:
    got = failure_of({"/": reply(302)})
    assert (got.kind, got.detail, got.temporary) == ("bad_redirect", "302 without Location", False)


def test_further_headers_go_only_to_the_address_that_they_are_for() -> None:
    script = {"/": redirect(301, "/new"), "/new": reply(304)}

    async def run() -> Origin:
        async with origin(script) as site, client() as http:
            known = {site.url("/new"): {"If-None-Match": '"new"'}}
            await http.get(site.url(), max_bytes=ENOUGH, headers_for=lambda url: known.get(url, {}))
            return site

    first, second = asyncio.run(run()).requests
    assert "if-none-match" not in first.headers
    assert second.headers["if-none-match"] == '"new"'


def test_the_site_is_asked_for_leave_at_each_address() -> None:
    refused = FetchFailure("", "robots", "no", temporary=False)
    asked: list[str] = []

    async def may_ask(url: str) -> FetchFailure | None:
        asked.append(url)
        return refused if url.endswith("/b") else None

    got, site = fetched({"/": redirect(302, "/b"), "/b": reply()}, asking={"may_ask": may_ask})
    assert got is refused
    assert asked == [site.url("/"), site.url("/b")]
    assert site.paths == ["/"]


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


# caps and broken answers


def chunked(*pieces: bytes, end: bool = True) -> Reply:
    body = b"".join(chunk(piece) for piece in pieces) + (chunk(b"") if end else b"")
    return exactly(head(200, {"Transfer-Encoding": "chunked"}) + body)


@pytest.mark.parametrize(
    "script",
    [
        silence(head(200, {"Content-Length": "101"})),
        chunked(b"a" * 60, b"b" * 41),
        endless(head(200), b"x" * 1000),
        reply(200, gzip.compress(b"x" * 101), {"Content-Encoding": "gzip"}),
        reply(200, brotli.compress(b"x" * 101), {"Content-Encoding": "br"}),
    ],
    ids=["announced", "chunked", "endless", "gzip", "brotli"],
)
def test_a_body_over_the_cap_is_refused(script: Reply) -> None:
    got = failure_of({"/": script}, max_bytes=100)
    assert (got.kind, got.temporary) == ("too_large", False)


def test_a_body_of_exactly_the_cap_is_taken() -> None:
    assert len(answer_of({"/": reply(200, b"x" * 100)}, max_bytes=100).body) == 100
    assert len(answer_of({"/": chunked(b"x" * 100)}, max_bytes=100).body) == 100


@pytest.mark.parametrize(
    "script",
    [
        silence(),
        silence(b"HTTP/1.1 200 OK\r\n"),
        silence(head(200, {"Content-Length": "10"}) + b"half"),
        endless(head(200, {"Content-Length": "1000000"}), b"x", pause=0.01),
        endless(b"HTTP/1.1 200 OK\r\n", b"X", pause=0.01),
        endless(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n", pause=0.01),
    ],
    ids=["silence", "half-head", "half-body", "dripping-body", "dripping-head", "endless-hints"],
)
def test_the_time_limit_covers_the_whole_request(script: Reply) -> None:
    got = failure_of({"/": script}, time_limit=0.3)
    assert (got.kind, got.temporary) == ("timeout", True)


@pytest.mark.parametrize(
    "script",
    [
        exactly(b""),
        exactly(b"SSH-2.0-OpenSSH_9.6\r\n"),
        exactly(b"HTTP/1.1 abc OK\r\n\r\n"),
        exactly(head(200, {"Content-Length": "1000"}) + b"half"),
        chunked(b"half", end=False),
        exactly(head(200, {"Transfer-Encoding": "chunked"}) + b"zz\r\nno\r\n"),
        exactly(head(200, {"Content-Length": "-5"}) + b"x"),
        exactly(head(200, {f"X-Header-{number}": "x" for number in range(1000)})),
        exactly(head(200, {"X-Long": "x" * 200_000})),
        endless(b"HTTP/1.1 200 OK\r\n", b"X-Flood: x\r\n" * 100),
        endless(b"HTTP/1.1 200 OK\r\nX-Long: ", b"x" * 1000),
    ],
    ids=[
        "closed",
        "ssh",
        "no-status",
        "cut",
        "cut-chunks",
        "bad-chunk",
        "bad-length",
        "headers",
        "long-header",
        "header-flood",
        "endless-header",
    ],
)
def test_a_broken_answer_is_temporary_trouble(script: Reply) -> None:
    got = failure_of({"/": script})
    assert (got.kind, got.temporary) == ("broken_answer", True)
    assert len(got.detail) < 300


def test_a_body_that_is_not_what_it_says_has_a_name() -> None:
    got = failure_of({"/": reply(200, b"<rss/>", {"Content-Encoding": "gzip"})})
    assert (got.kind, got.temporary) == ("bad_encoding", True)


def test_encodings_in_several_headers_are_undone_last_first() -> None:
    body = brotli.compress(gzip.compress(b"<rss/>"))
    stated = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nContent-Encoding: gzip\r\nContent-Encoding: br\r\n\r\n"
    assert answer_of({"/": exactly(stated.encode() + body)}).body == b"<rss/>"


def test_a_closed_port_has_a_name() -> None:
    async def run() -> Exchange | FetchFailure:
        async with origin({}) as site:
            url = site.url()
        async with client() as http:
            return await http.get(url, max_bytes=ENOUGH)

    got = asyncio.run(run())
    assert isinstance(got, FetchFailure)
    assert (got.kind, got.temporary) == ("connect", True)


def test_an_unknown_host_has_a_name() -> None:
    async def run() -> Exchange | FetchFailure:
        async with client() as http:
            return await http.get("http://nowhere.example/", max_bytes=ENOUGH)

    got = asyncio.run(run())
    assert isinstance(got, FetchFailure)
    assert (got.kind, got.temporary) == ("dns", True)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "feed",
        "/feed",
        "ftp://a.example/",
        "http://",
        "http://[::1",
        "http://a.example:99999/",
        "http://a b.example/",
    ],
)
def test_what_is_no_address_is_asked_nowhere(url: str) -> None:
    async def run() -> Exchange | FetchFailure:
        async with client() as http:
            return await http.get(url, max_bytes=ENOUGH)

    got = asyncio.run(run())
    assert isinstance(got, FetchFailure)
    assert (got.kind, got.temporary) == ("bad_url", False)


def test_unforeseen_trouble_with_one_page_is_a_failure_of_that_page() -> None:
    got = failure_of({"/": reply()}, asking={"headers_for": lambda _: {"If-None-Match": "a\r\nHost: b"}})
    assert (got.kind, got.temporary) == ("broken_answer", True)


def test_a_certificate_that_proves_nothing_is_refused(tmp_path: Path) -> None:
    async def run() -> tuple[Exchange | FetchFailure, Origin]:
        async with origin({"/": reply(200, b"x")}, tls=self_signed(tmp_path)) as site, client() as http:
            return await http.get(site.url(), max_bytes=ENOUGH), site

    got, site = asyncio.run(run())
    assert isinstance(got, FetchFailure)
    assert (got.kind, got.temporary, site.requests) == ("tls", True, [])


# turns


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
