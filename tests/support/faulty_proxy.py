"""A real HTTP proxy before a real Elasticsearch, which spoils the bulk requests that it is told to spoil."""

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import urlsplit

Fault = int | Literal["drop", "drop after", "pass"]


@dataclass
class FaultyProxy:
    """``faults`` are used up, one a bulk request: a status to answer, ``drop`` (the connection, unread by the server),
    ``drop after`` (the server has done the work, its answer is lost). ``limit``: more bytes than this are a 413."""

    url: str = ""
    faults: list[Fault] = field(default_factory=list)
    limit: int | None = None
    bulk_sizes: list[int] = field(default_factory=list)


@contextmanager
def faulty_proxy(target: str) -> Iterator[FaultyProxy]:
    """Run the proxy on a free loopback port."""
    state = FaultyProxy()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(state, urlsplit(target).netloc))
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()


def _handler(state: FaultyProxy, target: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            fault = self._fault(body)
            if isinstance(fault, int):
                return self._answer(fault, {"Content-Type": "application/json"}, json.dumps({"status": fault}).encode())
            answer = None if fault == "drop" else _forward(target, self.command, self.path, dict(self.headers), body)
            if answer is None or fault == "drop after":
                self.close_connection = True
                return None
            return self._answer(*answer)

        def _fault(self, body: bytes) -> Fault:
            if not urlsplit(self.path).path.endswith("/_bulk"):
                return "pass"
            state.bulk_sizes.append(len(body))
            if state.limit is not None and len(body) > state.limit:
                return 413
            return state.faults.pop(0) if state.faults else "pass"

        def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name in ("Content-Type", "X-elastic-product"):
                if name in headers:
                    self.send_header(name, headers[name])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    for method in ("GET", "HEAD", "POST", "PUT", "DELETE"):
        setattr(Handler, f"do_{method}", Handler.handle_any)
    return Handler


def _forward(
    target: str, method: str, path: str, headers: dict[str, str], body: bytes
) -> tuple[int, dict[str, str], bytes] | None:
    connection = http.client.HTTPConnection(target, timeout=30)
    try:
        kept = {name: value for name, value in headers.items() if name.lower() not in ("host", "accept-encoding")}
        connection.request(method, path, body, kept)
        answer = connection.getresponse()
        names = {name.lower(): value for name, value in answer.getheaders()}
        kept_of_answer = {"Content-Type": names.get("content-type", ""), "X-elastic-product": "Elasticsearch"}
        return answer.status, kept_of_answer, answer.read()
    except OSError:
        return None
    finally:
        connection.close()
