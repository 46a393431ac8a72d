import gzip
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pipeline.config.feeds import load_feeds
from pipeline.errors import CannotRun
from pipeline.sample.newsroom import Newsroom
from pipeline.sample.origin import Origin, serve


@pytest.fixture
def origin(newsroom: Newsroom) -> Iterator[Origin]:
    with serve(newsroom, slow_seconds=0) as running:
        yield running


def get(url: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=named), timeout=30) as reply:
            return reply.status, dict(reply.headers), reply.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


def raw(url: str, method: str, **headers: str) -> bytes:
    """All that the server sends until it closes: a client library would not show a body that must not be there."""
    site = urlsplit(url)
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in ({"Host": site.netloc} | headers).items()]
    with socket.create_connection((site.hostname, site.port), timeout=30) as reader, reader.makefile("rb") as stream:
        reader.sendall("\r\n".join([f"{method} {site.path} HTTP/1.1", *lines, "Connection: close", "", ""]).encode())
        return stream.read()


def test_every_feed_answers_over_http(origin: Origin) -> None:
    statuses = {feed.id: get(feed.url)[0] for feed in origin.feeds}
    assert {feed for feed, status in statuses.items() if status != 200} == {"border-monitor"}
    assert [request.outlet for request in origin.requests] == list(statuses)


def test_a_304_has_the_validators_of_the_200(origin: Origin) -> None:
    url = origin.url_of("meridian-wire/unifil-tower-hit")
    _, first, _ = get(url)
    status, headers, _ = get(url, If_None_Match=first["ETag"])
    assert status == 304
    assert "Content-Length" not in headers
    assert {key: headers[key] for key in ("ETag", "Last-Modified")} == {
        key: first[key] for key in ("ETag", "Last-Modified")
    }
    assert [request.status for request in origin.requests] == [200, 304]
    assert origin.requests[1].headers["if-none-match"] == first["ETag"]


def test_an_update_breaks_the_304_of_the_feed_and_the_page(origin: Origin) -> None:
    urls = [origin.feeds[0].url, origin.url_of("meridian-wire/envoy-beirut-truce-terms")]
    tags = [get(url)[1]["ETag"] for url in urls]
    origin.set_hour(1)
    again = [get(url, If_None_Match=tag) for url, tag in zip(urls, tags, strict=True)]
    assert [status for status, _, _ in again] == [200, 200]
    assert "At least 27 people" in again[1][2].decode()


def test_a_feed_without_news_stays_a_304_in_the_second_hour(origin: Origin) -> None:
    feed = next(f for f in origin.feeds if f.id == "defence-ledger")
    tag = get(feed.url)[1]["ETag"]
    origin.set_hour(1)
    assert get(feed.url, If_None_Match=tag)[0] == 304


def test_the_body_is_gzipped_for_those_who_take_it(origin: Origin) -> None:
    url = origin.feeds[0].url
    _, plain_headers, plain = get(url)
    _, headers, zipped = get(url, Accept_Encoding="gzip, br")
    assert headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain_headers
    assert gzip.decompress(zipped) == plain
    assert headers["ETag"] == plain_headers["ETag"]


def test_head_and_304_have_no_body(origin: Origin) -> None:
    url = origin.feeds[0].url
    _, headers, body = get(url)
    head, unchanged = raw(url, "HEAD"), raw(url, "GET", If_None_Match=headers["ETag"])
    assert head.startswith(b"HTTP/1.1 200 ")
    assert f"Content-Length: {len(body)}\r\n".encode() in head
    assert unchanged.startswith(b"HTTP/1.1 304 ")
    assert [reply.partition(b"\r\n\r\n")[2] for reply in (head, unchanged)] == [b"", b""]


def test_a_site_that_is_down_says_when_to_come_back(origin: Origin) -> None:
    feed = next(f for f in origin.feeds if f.id == "border-monitor")
    status, headers, _ = get(feed.url)
    assert (status, headers["Retry-After"]) == (503, "1800")


def test_only_the_slow_feed_answers_late(newsroom: Newsroom) -> None:
    with serve(newsroom, slow_seconds=0.3) as origin:
        slow = next(f for f in origin.feeds if f.id == "eastern-front-review")
        start = time.monotonic()
        get(slow.url)
        assert time.monotonic() - start >= 0.3
        assert [o.id for o in newsroom.outlets if o.feed.slow] == ["eastern-front-review"]


def test_closing_does_not_wait_for_the_slow_feed(newsroom: Newsroom) -> None:
    with serve(newsroom, slow_seconds=600) as origin:
        slow = next(f for f in origin.feeds if f.id == "eastern-front-review")
        site = urlsplit(slow.url)
        reader = socket.create_connection((site.hostname, site.port), timeout=60)
        reader.sendall(f"GET {site.path} HTTP/1.1\r\nHost: {site.netloc}\r\n\r\n".encode())
        # Connections are accepted in order: once this one is answered, the slow one is being served.
        assert get(f"http://{site.netloc}/")[0] == 200
    with reader:
        assert reader.recv(12) == b"HTTP/1.1 200"


def test_the_feed_list_it_writes_can_be_read(origin: Origin, tmp_path: Path) -> None:
    origin.write_feed_list(tmp_path / "feeds.yaml")
    assert load_feeds(tmp_path / "feeds.yaml") == origin.feeds


def test_the_hosts_to_allow_are_those_that_serve(origin: Origin) -> None:
    assert {site.split("/")[2].split(":")[0] for site in origin.sites.values()} == set(origin.allow_hosts.split(","))


def test_one_address_and_a_name_serve_where_asked_for(newsroom: Newsroom) -> None:
    with serve(newsroom, bind="127.0.0.1", name="localhost", slow_seconds=0) as origin:
        assert origin.allow_hosts == "localhost"
        assert get(origin.feeds[0].url.replace("localhost", "127.0.0.1"))[0] == 200


def test_a_port_that_is_taken_is_named(newsroom: Newsroom) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (
            pytest.raises(CannotRun, match=f"127.0.0.1:{port}.*choose other ports"),
            serve(newsroom, port_base=port, bind="127.0.0.1"),
        ):
            pass


def test_an_hour_that_does_not_exist_is_refused(origin: Origin) -> None:
    with pytest.raises(ValueError, match="not 2"):
        origin.set_hour(2)


def test_the_command_serves_and_publishes_the_second_hour(tmp_path: Path) -> None:
    feeds = tmp_path / "feeds.yaml"
    command = [sys.executable, "-m", "pipeline.sample", "--feeds", str(feeds)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=os.environ | {"PYTHONUNBUFFERED": "1"}, **pipes) as process:
        guard = threading.Timer(60, process.kill)
        guard.start()
        assert f"SITREP_FEEDS={feeds}" in process.stdout.readline()
        coastline = next(f for f in load_feeds(feeds) if f.id == "coastline-news")
        before = get(coastline.url)[2]
        process.stdin.write("\n")
        process.stdin.flush()
        while "second hour is out" not in process.stderr.readline():
            assert process.poll() is None
        assert b"sirens-noon-haifa" not in before
        assert b"sirens-noon-haifa" in get(coastline.url)[2]
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0
        guard.cancel()
