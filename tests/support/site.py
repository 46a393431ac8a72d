"""A small real web site on loopback whose pages a test changes as it goes."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Reply:
    """What a path answers; ``etag`` True gives and honours one of the body."""

    body: bytes = b""
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: bool = False
    cut: bool = False
    """The connection breaks in the middle of the body."""


class Site:
    """``replies`` by path; ``asked`` holds (path, headers in lower case) of every request in order."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.held = ""
        """Requests for paths that begin with it wait for ``released``, so that a test can stop a round."""
        self.released = threading.Event()
        self.url = ""
        self.noticed: Callable[[str], None] = lambda _path: None
        """Called with the path of each request before it is answered."""

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


@contextmanager
def open_site() -> Iterator[Site]:
    site = Site()
    server = _Server((LOOPBACK, 0), _handler(site))
    site.url = f"http://{LOOPBACK}:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.released.set()
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def server_bind(self) -> None:
        # HTTPServer would ask the name server for this machine's name.
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = LOOPBACK, self.server_address[1]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed hangs up: nothing to tell."""


def _handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            site.asked.append((self.path, headers))
            site.noticed(self.path)
            if site.held and self.path.startswith(site.held):
                site.released.wait(60)
            reply = site.replies.get(self.path.partition("?")[0], Reply(b"nothing here", 404, "text/plain"))
            tag = f'"{sha256(reply.body).hexdigest()[:16]}"'
            self._send(reply, tag, same=reply.etag and headers.get("if-none-match") == tag)

        def _send(self, reply: Reply, tag: str, *, same: bool) -> None:
            self.send_response(304 if same else reply.status)
            if reply.etag:
                self.send_header("ETag", tag)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if not same:
                self.send_header("Content-Type", reply.content_type)
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            if reply.cut:
                self.close_connection = True
            if not same:
                self.wfile.write(reply.body[: len(reply.body) // 2] if reply.cut else reply.body)

        def log_message(self, format: str, *args: object) -> None:
            """Requests are on record in ``Site.asked``."""

    return Handler


def rss(site: Site, *items: str, title: str = "Test feed") -> Reply:
    """An RSS 2.0 document of these items (see ``item``)."""
    body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title>{"".join(items)}</channel></rss>'
    return Reply(body.encode(), content_type="application/rss+xml", etag=True)


def item(link: str, title: str, *, summary: str = "", guid: str | None = None, date: str | None = None) -> str:
    guid_tag = f'<guid isPermaLink="false">{guid or link}</guid>'
    date_tag = f"<pubDate>{date}</pubDate>" if date else ""
    link_tag = f"<link>{link}</link>" if link else ""
    return f"<item><title>{title}</title>{link_tag}{guid_tag}{date_tag}<description>{summary}</description></item>"


def page(title: str, *paragraphs: str) -> Reply:
    """An article page with some furniture round the paragraphs."""
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    html = (
        f"<!doctype html><html lang=en><head><title>{title}</title></head><body><nav><a href=/>Home</a></nav>"
        f"<article><h1>{title}</h1>{body}<p>Subscribe to our newsletter</p></article>"
        "<footer>All rights reserved.</footer></body></html>"
    )
    return Reply(html.encode())


def words(seed: int, count: int = 60) -> str:
    """Invented prose of ``count`` words that no other seed gives; two sentences."""
    stock = ("harbour", "brigade", "minister", "convoy", "radar", "valley", "bridge", "treaty", "pilot", "depot")
    chosen = [stock[(seed * 7 + number * (seed % 5 + 1)) % len(stock)] for number in range(count)]
    half = count // 2
    return (
        f"Report {seed} says the " + " ".join(chosen[:half]) + f" near post {seed}. "
        "Officials said the " + " ".join(chosen[half:]) + f" by day {seed}."
    )
