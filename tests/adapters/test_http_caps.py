"""One GET is bounded in size and time, against a server that misbehaves in every way."""

import asyncio
import gzip
from pathlib import Path

import brotli
import pytest

from pipeline.model import Exchange, FetchFailure
from tests.support.certificates import self_signed
from tests.support.fetching import ENOUGH, answer_of, client, failure_of
from tests.support.origin import Origin, Reply, chunk, endless, exactly, head, origin, reply, silence


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
