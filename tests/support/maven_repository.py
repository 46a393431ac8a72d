"""A real HTTP server laid out like a Maven repository, with one archive, that can cut answers off."""

import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from pipeline.adapters.local_node.records import Release

VERSION = "9.9.9"
PATH = f"/org/elasticsearch/distribution/integ-test-zip/elasticsearch/{VERSION}/elasticsearch-{VERSION}.zip"
JAR_SIZE = 500_000


@dataclass
class Repository:
    """``cuts``: for each coming request, after how many bytes its connection breaks (None: never)."""

    archive: bytes
    url: str = ""
    status: int = 200
    cuts: list[int | None] = field(default_factory=list)
    takes_ranges: bool = True
    asked: list[str | None] = field(default_factory=list)
    """The Range header of every request."""

    @property
    def release(self) -> Release:
        return Release(VERSION, hashlib.sha256(self.archive).hexdigest(), len(self.archive), self.url)


def small_archive() -> bytes:
    """What an unpacked server looks like, in small; stored as it is, so that there is something to cut."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(f"elasticsearch-{VERSION}/config/jvm.options", "-Xlog:gc*\n")
        archive.writestr(f"elasticsearch-{VERSION}/lib/server.jar", bytes(JAR_SIZE))
    return content.getvalue()


@contextmanager
def maven_repository(archive: bytes) -> Iterator[Repository]:
    """Serve ``archive`` on a free loopback port."""
    state = Repository(archive)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(state))
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()


def _handler(state: Repository) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            state.asked.append(wanted)
            if self.path != PATH or state.status != 200:
                return self.send_error(404 if state.status == 200 else state.status)
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and state.takes_ranges else 0
            body = state.archive[start:]
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            cut = state.cuts.pop(0) if state.cuts else None
            self.wfile.write(body if cut is None else body[:cut])
            return None

        def log_message(self, *_: object) -> None:
            pass

    return Handler
