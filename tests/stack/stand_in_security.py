"""A hand-written stand-in for the part of a full Elasticsearch that the stripped one lacks: kept roles and API keys.

Everything else goes through to a real server.
"""

import base64
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.logins import basic

Answer = tuple[int, Any]
USER, PASSWORD = "elastic", "let me in"


@dataclass
class StandIn:
    """``starting``: statuses that the next requests get. ``asked``: method and path of what went to security.

    ``password`` is that of ``elastic``; ``passwords`` holds those that were set, by user.
    """

    url: str = ""
    password: str = PASSWORD
    passwords: dict[str, str] = field(default_factory=dict)
    starting: list[int] = field(default_factory=list)
    may_manage: bool = True
    roles: dict[str, Any] = field(default_factory=dict)
    keys: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> Answer:
        self.asked.append(f"{method} {path}")
        part, _, name = path.removeprefix("/_security/").partition("/")
        if part == "_authenticate":
            return 200, {"username": USER}
        if part == "user" and name.endswith("/_password"):
            self.passwords[name.removesuffix("/_password")] = body["password"]
            return 200, {}
        if part == "user":
            return 200, {"has_all_requested": self.may_manage}
        if part == "role":
            return self._role(method, name, body)
        return self._key(method, name, query, body)

    def active(self, name: str) -> list[str]:
        return [key["id"] for key in self.keys.values() if key["name"] == name and not key["invalidated"]]

    def _role(self, method: str, name: str, body: Any) -> Answer:
        if method == "GET":
            return (200, {name: self.roles[name]}) if name in self.roles else (404, {})
        created = name not in self.roles
        rows = [row | {"allow_restricted_indices": False} for row in body["indices"]]
        # As Elasticsearch does: in another order, and with what was not said.
        self.roles[name] = body | {"indices": rows, "cluster": sorted(body["cluster"]), "run_as": []}
        return 200, {"role": {"created": created}}

    def _key(self, method: str, key_id: str, query: dict[str, list[str]], body: Any) -> Answer:
        if method == "GET":
            held = [self.keys[key_id] for key_id in self.active(query["name"][0])]
            return 200, {"api_keys": [{k: v for k, v in key.items() if k != "secret"} for key in held]}
        if method == "DELETE":
            for lost in body["ids"]:
                self.keys[lost]["invalidated"] = True
            return 200, {"invalidated_api_keys": body["ids"]}
        if method == "PUT":
            self.keys[key_id] |= body
            return 200, {"updated": True}
        made = {"id": f"key{len(self.keys)}", "secret": f"secret{len(self.keys)}", "invalidated": False} | body
        self.keys[made["id"]] = made
        encoded = base64.b64encode(f"{made['id']}:{made['secret']}".encode()).decode()
        return 200, {"id": made["id"], "name": made["name"], "encoded": encoded}


@contextmanager
def stand_in_security(target: str) -> Iterator[StandIn]:
    """Before the real server ``target``, on a free loopback port."""
    state = StandIn()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(state, target))
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()


def _handler(state: StandIn, target: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, answer = self._answer(body)
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("X-elastic-product", "Elasticsearch")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _answer(self, body: bytes) -> Answer:
            if state.starting:
                return state.starting.pop(0), {"status": "starting"}
            if self.headers.get("Authorization") != basic(USER, state.password):
                return 401, {"error": {"type": "security_exception", "reason": "unable to authenticate"}}
            url = urlsplit(self.path)
            if url.path.startswith("/_security/"):
                return state.answer(self.command, url.path, parse_qs(url.query), json.loads(body or b"null"))
            return _forward(target + self.path, self.command, body)

        def log_message(self, *_: object) -> None:
            pass

    for method in ("GET", "HEAD", "POST", "PUT", "DELETE"):
        setattr(Handler, f"do_{method}", Handler.handle_any)
    return Handler


def _forward(url: str, method: str, body: bytes) -> Answer:
    request = urllib.request.Request(url, body or None, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())
