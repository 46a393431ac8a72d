"""The sample newsroom over HTTP: every outlet a host of its own on loopback, every request on record."""

import errno
import gzip
import selectors
import socket
import socketserver
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import yaml

from pipeline.errors import CannotRun
from pipeline.model import FeedSource
from pipeline.sample.answers import Answer, answer
from pipeline.sample.newsroom import HOURS, Newsroom, Outlet
from pipeline.sample.validators import not_modified, reply_headers

LOOPBACK = "127.0.0.1"
FIRST_ADDRESS = 11
"""The outlets listen on 127.0.0.11, 127.0.0.12 and so on."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came in; header names are in lower case."""

    at: datetime
    outlet: str
    host: str
    """Address and port that were asked, as in the URL."""
    method: str
    path: str
    status: int
    headers: Mapping[str, str]


class Origin:
    """The running newsroom. ``requests`` grows while it serves, in the order of the answers."""

    def __init__(self, newsroom: Newsroom, hosts: Mapping[str, str], slow_seconds: float) -> None:
        self.newsroom = newsroom
        self.hour = HOURS[0]
        self.requests: list[Request] = []
        self.sites = {outlet: f"http://{host}" for outlet, host in hosts.items()}
        self.feeds = tuple(_feed_source(outlet, self.sites[outlet.id]) for outlet in newsroom.outlets)
        self.slow_seconds = slow_seconds
        self.closing = threading.Event()

    @property
    def allow_hosts(self) -> str:
        """Value of ``SITREP_ALLOW_HOSTS`` that lets a round fetch from here."""
        return ",".join(dict.fromkeys(site.removeprefix("http://").rpartition(":")[0] for site in self.sites.values()))

    def set_hour(self, hour: int) -> None:
        """Publish what stands in the newsroom at ``hour`` (0 or 1)."""
        if hour not in HOURS:
            raise ValueError(f"the sample newsroom knows the hours {HOURS}, not {hour}")
        self.hour = hour

    def url_of(self, article_id: str) -> str:
        """Canonical URL of an article, such as ``meridian-wire/some-slug``."""
        article = self.newsroom.article(article_id, HOURS[-1])
        return self.sites[article.outlet] + article.path

    def write_feed_list(self, path: Path) -> None:
        """Write the feeds as a feed list that ``SITREP_FEEDS`` can name."""
        rows = [
            {"id": f.id, "name": f.name, "url": f.url, "language": f.language, "group": f.group}
            | ({"full_text": f.full_text} if f.full_text != "page" else {})
            for f in self.feeds
        ]
        path.write_text(yaml.safe_dump({"feeds": rows}, sort_keys=False), encoding="utf-8")


@contextmanager
def serve(
    newsroom: Newsroom,
    *,
    slow_seconds: float = 3.0,
    port_base: int = 0,
    bind: str | None = None,
    name: str | None = None,
) -> Iterator[Origin]:
    """Serve the newsroom until the block ends.

    ``port_base``: port of the first outlet, the others follow; 0 takes free ports.
    ``bind``: one address for all outlets; without it each has its own on loopback where the system allows that.
    ``name``: host name for the URLs where it is not the address (behind a container's service name).
    Raises ``CannotRun`` where an address or port cannot be had.
    """
    with ExitStack() as stack:
        servers = _listen(newsroom.outlets, port_base, bind, stack)
        hosts = {server.outlet.id: server.host_for(name) for server in servers}
        origin = Origin(newsroom, hosts, slow_seconds)
        for server in servers:
            server.origin, server.host = origin, hosts[server.outlet.id]
        stack.enter_context(_accepting(servers))
        stack.callback(origin.closing.set)
        yield origin


class _OutletServer(socketserver.ThreadingTCPServer):
    """One outlet's host. Not ``HTTPServer``: that one asks DNS for its own name, which may hang without a network."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128
    origin: Origin
    host: str

    def __init__(self, outlet: Outlet, address: tuple[str, int]) -> None:
        self.outlet = outlet
        super().__init__(address, _Handler)

    def host_for(self, name: str | None) -> str:
        """Host and port for the URLs, under ``name`` where there is one."""
        address, port = self.socket.getsockname()
        return f"{name or address}:{port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A reader that hangs up is everyday life; anything else is a fault of the newsroom and is shown."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    server: _OutletServer
    protocol_version = "HTTP/1.1"
    server_version = "SampleNewsroom"
    sys_version = ""
    timeout = 30
    disable_nagle_algorithm = True  # headers and body are two writes; Nagle would hold the second one back

    def do_GET(self) -> None:
        arrived, origin = datetime.now(UTC), self.server.origin
        reply = answer(origin.newsroom, self.server.outlet, origin.hour, self.path, origin.sites)
        if reply.slow:
            origin.closing.wait(origin.slow_seconds)
        headers = {key.lower(): value for key, value in self.headers.items()}
        status = 304 if not_modified(headers, reply) else reply.status
        origin.requests.append(
            Request(arrived, self.server.outlet.id, self.server.host, self.command, self.path, status, headers)
        )
        self._send(reply, status)

    def do_HEAD(self) -> None:
        self.do_GET()

    def _send(self, reply: Answer, status: int) -> None:
        zipped = "gzip" in self.headers.get("Accept-Encoding", "")
        body = gzip.compress(reply.body, mtime=0) if zipped else reply.body
        self.send_response(status)
        for key, value in reply_headers(reply).items():
            self.send_header(key, value)
        if status != 304:
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(body)))
            if zipped:
                self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        if status != 304 and self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on standard error: the record is ``Origin.requests``."""


def _feed_source(outlet: Outlet, site: str) -> FeedSource:
    return FeedSource(
        id=outlet.id,
        name=outlet.name,
        url=site + outlet.feed.path,
        language="en",
        group=outlet.feed.group,
        full_text=outlet.feed.full_text,
    )


def _listen(outlets: Sequence[Outlet], port_base: int, bind: str | None, stack: ExitStack) -> list[_OutletServer]:
    """A listening server for each outlet, closed with ``stack``."""
    addresses = [bind] * len(outlets) if bind else _loopback_addresses(len(outlets))
    ports = [port_base + number if port_base else 0 for number in range(len(outlets))]
    return [
        stack.enter_context(_server(outlet, address, port))
        for outlet, address, port in zip(outlets, addresses, ports, strict=True)
    ]


def _loopback_addresses(count: int) -> list[str]:
    """An address for each outlet; one for all where the system has 127.0.0.1 alone (macOS)."""
    own = [f"127.0.0.{FIRST_ADDRESS + number}" for number in range(count)]
    with socket.socket() as probe:
        try:
            probe.bind((own[-1], 0))
        except OSError:
            return [LOOPBACK] * count
    return own


def _server(outlet: Outlet, address: str, port: int) -> _OutletServer:
    try:
        return _OutletServer(outlet, (address, port))
    except OSError as error:
        way_out = "choose other ports" if error.errno == errno.EADDRINUSE else "choose another address"
        raise CannotRun(
            f"the sample newsroom cannot listen on {address}:{port} ({error.strerror}); {way_out} and start it again"
        ) from error


@contextmanager
def _accepting(servers: Sequence[_OutletServer]) -> Iterator[None]:
    """Accept connections on all servers in one thread, which ends at once with the block."""
    waker, woken = socket.socketpair()
    thread = threading.Thread(target=_accept, args=(servers, woken), name="sample-newsroom", daemon=True)
    thread.start()
    try:
        yield
    finally:
        waker.close()
        thread.join()
        woken.close()


def _accept(servers: Sequence[_OutletServer], woken: socket.socket) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(woken, selectors.EVENT_READ, None)
        for server in servers:
            server.timeout = 0
            selector.register(server, selectors.EVENT_READ, server)
        while True:
            for key, _ in selector.select():
                if key.data is None:
                    return
                key.data.handle_request()
