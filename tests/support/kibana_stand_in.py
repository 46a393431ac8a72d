"""A stand-in for Kibana's HTTP interface: the few paths that setting up needs, as strict as Kibana 9.5 is there.

It keeps what it is given, adds defaults of its own as Kibana does, and makes the trouble that a test asks for.
"""

import email.parser
import email.policy
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from jsonschema import Draft202012Validator

FEATURES = ("dashboard", "discover", "maps", "visualize")
ROLE_PARTS = ("description", "elasticsearch", "kibana", "metadata")
DEFAULTS = {"hide_border": False, "hide_title": False}
Answer = Callable[[str, str, dict[str, str], bytes], tuple[int, Any]]
"""Method, target, headers and body of a request → status and JSON (or text)."""


@dataclass
class KibanaStandIn:
    """``starting``: how many requests are answered with 503 first. ``login``: value of the header that it wants."""

    validator: Draft202012Validator
    url: str = ""
    version: str = "9.5.3"
    level: str = "available"
    starting: int = 0
    login: str | None = None
    closed_to: tuple[str, ...] = ()
    """Beginnings of paths that the user may not use."""
    data_views: dict[str, dict[str, Any]] = field(default_factory=dict)
    default_view: str = ""
    searches: dict[str, dict[str, Any]] = field(default_factory=dict)
    boards: dict[str, dict[str, Any]] = field(default_factory=dict)
    roles: dict[str, dict[str, Any]] = field(default_factory=dict)
    writes: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        """Status and JSON (or text) for a request; header names are in lower case."""
        path = unquote(urlsplit(target).path)
        self.asked.append(f"{method} {path}")
        if self.starting:
            self.starting -= 1
            return 503, "Kibana server is not ready yet"
        known = self.login is None or headers.get("authorization") == self.login
        if path == "/api/status" and not headers.get("authorization") and self.login:
            return 200, {"status": {"overall": {"level": self.level}}}
        if not known:
            return _error(401, "Unauthorized")
        if path.startswith(self.closed_to):
            return _error(403, "Forbidden")
        if method != "GET" and "kbn-xsrf" not in headers:
            return _error(400, "Request must contain a kbn-xsrf header.")
        return self._handle(method, path, parse_qs(urlsplit(target).query), headers, body)

    def _handle(
        self, method: str, path: str, query: dict[str, list[str]], headers: dict[str, str], body: bytes
    ) -> tuple[int, Any]:
        name = path.rpartition("/")[2]
        match method, path.removesuffix(name):
            case "GET", "/api/" if name == "status":
                return 200, {
                    "status": {"overall": {"level": self.level}},
                    "version": {"number": self.version},
                }
            case "GET", "/api/data_views/" if name == "default":
                return 200, {"data_view_id": self.default_view}
            case "POST", "/api/data_views/" if name == "default":
                return self._choose(json.loads(body))
            case "GET", "/api/data_views/data_view/":
                return self._held(self.data_views, name, "data_view")
            case "POST", "/api/data_views/":
                return self._view(json.loads(body))
            case "POST", "/api/saved_objects/":
                return self._import(query, headers, body)
            case "GET", "/api/dashboards/":
                return self._held(self.boards, name, "data")
            case "PUT", "/api/dashboards/":
                return self._board(name, json.loads(body))
            case "GET", "/api/security/role/":
                return (200, self.roles[name]) if name in self.roles else _error(404, "Not Found")
            case "PUT", "/api/security/role/":
                return self._role(name, json.loads(body))
        return _error(404, "Not Found")

    def _held(self, things: dict[str, dict[str, Any]], name: str, key: str) -> tuple[int, Any]:
        if name not in things:
            return _error(404, f"Saved object [{name}] not found")
        return 200, {"id": name, key: things[name], "meta": {"version": "WzEsMV0="}}

    def _view(self, sent: dict[str, Any]) -> tuple[int, Any]:
        view = sent["data_view"]
        if view["id"] in self.data_views and not sent.get("override"):
            return _error(400, f"Duplicate data view: {view['name']}")
        self.writes.append(f"data view {view['id']}")
        self.data_views[view["id"]] = view | {"version": "1", "fieldAttrs": {}, "runtimeFieldMap": {}}
        return 200, {"data_view": self.data_views[view["id"]]}

    def _choose(self, sent: dict[str, Any]) -> tuple[int, Any]:
        if not self.default_view or sent.get("force"):
            self.writes.append("default data view")
            self.default_view = sent["data_view_id"]
        return 200, {"acknowledged": True}

    def _board(self, name: str, body: dict[str, Any]) -> tuple[int, Any]:
        wrong = next(self.validator.iter_errors(body), None)
        if wrong is not None:
            return _error(400, f"[request body.{wrong.json_path}]: {wrong.message[:200]}")
        new = name not in self.boards
        self.writes.append(f"board {name}")
        self.boards[name] = body | {
            "panels": [panel | {"config": DEFAULTS | panel["config"]} for panel in body["panels"]],
            "query": {"expression": "", "language": "kql"},
        }
        return 201 if new else 200, {"id": name, "data": self.boards[name], "meta": {}}

    def _role(self, name: str, body: dict[str, Any]) -> tuple[int, Any]:
        wrong = [part for part in body if part not in ROLE_PARTS]
        for row in body["kibana"]:
            wrong += [feature for feature in row["feature"] if feature not in FEATURES]
            wrong += ["base and feature"] if bool(row["base"]) == bool(row["feature"]) else []
        if wrong:
            return _error(400, f"[request body.{wrong[0]}]: not expected")
        self.writes.append(f"role {name}")
        rights = body["elasticsearch"]
        # As Elasticsearch does: in another order, and with what was not said.
        rows = [row | {"names": row["names"][::-1], "allow_restricted_indices": False} for row in rights["indices"]]
        answered = {"name": name, "transient_metadata": {"enabled": True}, "_transform_error": []}
        self.roles[name] = answered | body | {"elasticsearch": {"run_as": []} | rights | {"indices": rows}}
        return 204, ""

    def _import(self, query: dict[str, list[str]], headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        file_name, lines = _file(headers["content-type"], body)
        if not file_name.endswith(".ndjson"):
            return _error(400, "Invalid file extension")
        results: list[dict[str, Any]] = []
        errors: list[dict[str, Any]] = []
        for search in map(json.loads, lines.splitlines()):
            again, named = search["id"] in self.searches, {"type": search["type"], "id": search["id"]}
            missing = [ref for ref in search["references"] if ref["id"] not in self.data_views]
            if missing:
                errors.append(named | {"error": {"type": "missing_references", "references": missing}})
            elif again and query.get("overwrite") != ["true"]:
                errors.append(named | {"error": {"type": "conflict"}})
            else:
                self.writes.append(f"search {search['id']}")
                self.searches[search["id"]] = search
                results.append(named | ({"overwrite": True} if again else {}))
        answer = {"successCount": len(results), "success": not errors, "warnings": [], "successResults": results}
        return 200, answer | ({"errors": errors} if errors else {})


@contextmanager
def kibana_stand_in(validator: Draft202012Validator) -> Iterator[KibanaStandIn]:
    kibana = KibanaStandIn(validator)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(lambda *request: kibana.answer(*request)))
    kibana.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield kibana
    server.shutdown()
    server.server_close()


def handler(answer: Answer) -> type[BaseHTTPRequestHandler]:
    """Of HTTP requests, with the answers of ``answer``."""

    class Handler(BaseHTTPRequestHandler):
        def _reply(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", 0)))
            status, value = answer(self.command, self.path, headers, body)
            data = value.encode() if isinstance(value, str) else json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/plain" if isinstance(value, str) else "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self) -> None:
            self._reply()

        def do_POST(self) -> None:
            self._reply()

        def do_PUT(self) -> None:
            self._reply()

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    return Handler


def _error(status: int, message: str) -> tuple[int, Any]:
    return status, {"statusCode": status, "error": "Error", "message": message}


def _file(content_type: str, body: bytes) -> tuple[str, str]:
    """Name and content of the field ``file`` of a form."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    form = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
    part = next(p for p in form.iter_parts() if p.get_param("name", header="content-disposition") == "file")
    return part.get_filename() or "", part.get_content() if part.get_content_maintype() == "text" else _decoded(part)


def _decoded(part: Any) -> str:
    return bytes(part.get_payload(decode=True)).decode()
