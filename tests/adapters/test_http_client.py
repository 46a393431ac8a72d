"""One GET: what is sent, and what comes back from a real server."""

import asyncio
import gzip

import pytest

from pipeline.adapters.http.client import MAX_REDIRECTS
from pipeline.model import Exchange, FetchFailure
from tests.support.exchanges import NOON
from tests.support.fetching import ENOUGH, answer_of, client, failure_of, fetched
from tests.support.origin import Origin, head, origin, redirect, reply, silence

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
