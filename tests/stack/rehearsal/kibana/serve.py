"""The stand-in for Kibana as a service: logins go through to Elasticsearch, and what it is given is kept there.

Like Kibana it exits where its own user is the superuser or a key is too short, and answers 503 until it has logged in.
"""

import json
import os
import sys
import threading
import time
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from tests.support.kibana_stand_in import KibanaStandIn, handler
from tests.support.logins import ask, basic

SCHEMA = Path(__file__).parents[3] / "kibana" / "dashboard.schema.json"
PORT = 5601
KEYS = (
    "XPACK_SECURITY_ENCRYPTIONKEY",
    "XPACK_ENCRYPTEDSAVEDOBJECTS_ENCRYPTIONKEY",
    "XPACK_REPORTING_ENCRYPTIONKEY",
)
SHORTEST_KEY = 32
STATE = "/.kibana_stand_in/_doc/state"
KEPT = ("data_views", "default_view", "searches", "boards", "roles")
CHECKED = "checked with Elasticsearch"
APPLICATION = "kibana-.kibana"


@dataclass
class Service:
    """``own``: the header of Kibana's own user."""

    elasticsearch: str
    own: str
    kibana: KibanaStandIn
    ready: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        if not self.ready:
            return 503, "Kibana server is not ready yet"
        login = headers.get("authorization")
        if login is not None:
            if self.ask(login, "GET", "/_security/_authenticate")[0] != 200:
                return 401, {"statusCode": 401, "error": "Unauthorized", "message": "Unauthorized"}
            headers = headers | {"authorization": CHECKED}
        with self.lock:
            before = len(self.kibana.writes)
            status, value = self.kibana.answer(method, target, headers, body)
            if len(self.kibana.writes) > before:
                self._keep()
        if status == 204:
            self._grant(login or "", target.rpartition("/")[2], json.loads(body))
        return status, value

    def ask(self, login: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and JSON of Elasticsearch's answer; 0 where there is none."""
        try:
            return ask(self.elasticsearch + path, login, method, body)
        except OSError:
            return 0, {}

    def start(self) -> None:
        while self.ask(self.own, "GET", "/_security/_authenticate")[0] != 200:
            time.sleep(1)
        status, held = self.ask(self.own, "GET", STATE)
        if status == 200:
            vars(self.kibana).update(json.loads(held["_source"]["objects"]))
        self.ready = True
        print("Kibana is available", flush=True)

    def _keep(self) -> None:
        objects = json.dumps({name: getattr(self.kibana, name) for name in KEPT})
        status, _ = self.ask(self.own, "PUT", f"{STATE}?refresh=true", {"objects": objects})
        assert status in (200, 201), f"Elasticsearch did not keep Kibana's objects: {status}"

    def _grant(self, login: str, name: str, role: dict[str, Any]) -> None:
        """As Kibana does it: one role of Elasticsearch, made with the rights of who asks."""
        granted = [
            {
                "application": APPLICATION,
                "privileges": [
                    f"feature_{name}.{right}" for name, rights in row["feature"].items() for right in rights
                ],
                "resources": [f"space:{space}" for space in row["spaces"]],
            }
            for row in role["kibana"]
        ]
        body = role["elasticsearch"] | {"applications": granted, "metadata": role["metadata"]}
        status, _ = self.ask(login, "PUT", f"/_security/role/{name}", body)
        assert status == 200, f"Elasticsearch did not take the role: {status}"


def main() -> None:
    user, password = os.environ["ELASTICSEARCH_USERNAME"], os.environ["ELASTICSEARCH_PASSWORD"]
    if user == "elastic":
        sys.exit('FATAL: value of "elastic" is forbidden for elasticsearch.username')
    for key in KEYS:
        if len(os.environ[key]) < SHORTEST_KEY:
            sys.exit(f"FATAL: {key} is too short")
    kibana = KibanaStandIn(Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))), login=CHECKED)
    service = Service(os.environ["ELASTICSEARCH_HOSTS"], basic(user, password), kibana)
    threading.Thread(target=service.start, daemon=True).start()
    ThreadingHTTPServer((os.environ["SERVER_HOST"], PORT), handler(service.answer)).serve_forever()


if __name__ == "__main__":
    main()
