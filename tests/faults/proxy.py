"""Between Sitrep and a real Elasticsearch: requests are counted, and spoiled when a test says so."""

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

Answer = tuple[int, bytes]
Spoil = Callable[["Exchange"], Answer | None]
"""Gets a request; returns the answer to give, or ``None`` to hang up."""


@dataclass
class Exchange:
    """A request, and the way to have it done."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    target: str

    def done(self, body: bytes | None = None) -> Answer:
        """The server's answer (to this request, or to another ``body``)."""
        connection = http.client.HTTPConnection(self.target, timeout=60)
        try:
            kept = {
                k: v for k, v in self.headers.items() if k.lower() not in ("host", "accept-encoding", "content-length")
            }
            connection.request(self.method, self.path, self.body if body is None else body, kept)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except OSError:
            return 503, b'{"error": {"type": "gone", "reason": "nothing answers"}, "status": 503}'
        finally:
            connection.close()


@dataclass
class Proxy:
    """``spoil`` gets every request whose path ends as ``ending`` says, ``times`` times; the others pass."""

    url: str = ""
    target: str = ""
    spoil: Spoil | None = None
    ending: str = "/_bulk"
    skip: int = 0
    times: int = 1
    paths: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def plan(self, spoil: Spoil, *, ending: str = "/_bulk", skip: int = 0, times: int = 1) -> None:
        """Spoil requests from now on, after ``skip`` good ones."""
        self.spoil, self.ending, self.skip, self.times = spoil, ending, skip, times

    def peace(self) -> None:
        self.spoil = None

    def choose(self, path: str) -> Spoil | None:
        with self.lock:
            self.paths.append(path)
            if self.spoil is None or not urlsplit(path).path.endswith(self.ending):
                return None
            if self.skip > 0:
                self.skip -= 1
                return None
            self.times -= 1
            return self.spoil if self.times >= 0 else None


def refusing(status: int) -> Spoil:
    return lambda _: (status, json.dumps({"error": {"type": "busy", "reason": "busy"}, "status": status}).encode())


def hanging_up(_: Exchange) -> None:
    """The request never arrives."""


def losing_the_answer(exchange: Exchange) -> None:
    exchange.done()


def rejecting_one(status: int) -> Spoil:
    """The last document of a bulk is refused, the others are taken."""

    def spoil(exchange: Exchange) -> Answer:
        lines = exchange.body.rstrip(b"\n").split(b"\n")
        rest = b"\n".join(lines[:-2]) + b"\n"
        items: list[Any] = json.loads(exchange.done(rest)[1])["items"] if len(lines) > 2 else []
        refused = {"status": status, "error": {"type": "refused_by_test", "reason": "so it was planned"}}
        return 200, json.dumps({"items": [*items, {"index": refused}]}).encode()

    return spoil


def killing(kill: Callable[[], None], *, after: bool) -> Spoil:
    """Sitrep is killed before the server gets the request, or after the server has done it."""

    def spoil(exchange: Exchange) -> None:
        if after:
            exchange.done()
        kill()

    return spoil


@contextmanager
def open_proxy(target: str) -> Iterator[Proxy]:
    """Run one on a free port of loopback."""
    state = Proxy(target=urlsplit(target).netloc)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            exchange = Exchange(self.command, self.path, dict(self.headers), body, state.target)
            spoil = state.choose(self.path)
            answer = spoil(exchange) if spoil else exchange.done()
            if answer is None:
                self.close_connection = True
                return
            self.send_response(answer[0])
            self.send_header("Content-Type", "application/json")
            self.send_header("X-elastic-product", "Elasticsearch")
            self.send_header("Content-Length", str(len(answer[1])))
            self.end_headers()
            self.wfile.write(answer[1])

        def log_message(self, *_: object) -> None:
            """Requests are on record in ``Proxy.paths``."""

    for method in ("GET", "HEAD", "POST", "PUT", "DELETE"):
        setattr(Handler, f"do_{method}", Handler.handle_any)

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that was killed hangs up: nothing to tell."""

    server = Server(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
