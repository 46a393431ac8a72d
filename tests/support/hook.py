"""A webhook's server on loopback: keeps what is posted and answers as it is told."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any


@dataclass
class Hook:
    """``posts`` holds (path, headers in lower case, JSON body) in order; ``status`` is the next answers'."""

    url: str = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    silent: bool = False
    """Never answers."""
    posts: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)

    def bodies(self) -> list[Any]:
        return [body for _, _, body in self.posts]


@contextmanager
def open_hook() -> Iterator[Hook]:
    """The hook's address is ``url``; its path is a secret of its own."""
    hook = Hook()
    closing = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            hook.posts.append((self.path, headers, json.loads(body)))
            if hook.silent:
                closing.wait(60)
            self.send_response(hook.status)
            for name, value in hook.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Requests are on record in ``Hook.posts``."""

    class Server(HTTPServer):
        def server_bind(self) -> None:
            # HTTPServer would ask the name server for this machine's name.
            self.socket.bind(self.server_address)
            self.server_address = self.socket.getsockname()
            self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    server = Server(("127.0.0.1", 0), Handler)
    hook.url = f"http://127.0.0.1:{server.server_port}/services/T0P-S3CRET"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield hook
    finally:
        closing.set()
        server.shutdown()
        server.server_close()
