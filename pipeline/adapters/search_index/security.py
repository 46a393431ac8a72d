"""Least privilege on a server that asks for credentials: Sitrep's roles, and API keys that may do what a role may.

Roles are data (``config/elasticsearch/roles``), written for the index ``news``. On a server, what is ours bears
our mark in its metadata; whatever lacks it is somebody else's and stays as it is.
"""

import base64
import json
import os
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pipeline.adapters.search_index.layout import OWNER
from pipeline.adapters.search_index.server import Refused, Server
from pipeline.errors import CannotRun
from pipeline.settings import CHECKOUT

FOLDER = CHECKOUT / "config" / "elasticsearch" / "roles"
WRITTEN_FOR = "news"
KEYS = {"writer": "sitrep-writer", "reader": "sitrep-reader"}
"""File of a kept API key → the role it stands for."""
LONGEST_KEY = 1000
ABSENT_WHERE_OFF = (400, 404, 405)
"""Answers of servers without security to a question about it; they differ between versions and distributions."""

Role = dict[str, Any]


def roles(prefix: str) -> dict[str, Role]:
    """Name → role (the body of ``PUT _security/role``) for the indices of ``prefix``."""
    files = sorted(FOLDER.glob("*.json"))
    return {name_for(file.stem, prefix): _for_prefix(json.loads(file.read_text("utf-8")), prefix) for file in files}


def name_for(role: str, prefix: str) -> str:
    """Roles of another prefix than ``news`` bear it in their name, so that two Sitreps can share a server."""
    return role if prefix == WRITTEN_FOR else f"{role}-{prefix}"


def is_on(server: Server) -> bool:
    """Does the server ask who we are?"""
    try:
        server.ask("GET", "/_security/_authenticate")
    except Refused as refusal:
        if refusal.status in ABSENT_WHERE_OFF:
            return False
        raise
    return True


def may_manage(server: Server) -> bool:
    """Roles and keys are the business of a user who may manage security; ``sitrep-admin`` may not."""
    asked = {"cluster": ["manage_security"]}
    return bool(server.ask("POST", "/_security/user/_has_privileges", asked)["has_all_requested"])


def set_up_roles(server: Server, prefix: str) -> tuple[str, ...]:
    """Create our roles, and undo what was changed in them; a line for each change.

    Raises ``CannotRun`` for somebody else's role under one of our names.
    """
    return tuple(line for name, role in roles(prefix).items() for line in _role(server, name, role))


def set_up_keys(server: Server, prefix: str, folder: Path) -> tuple[str, ...]:
    """Keep a working API key for writer and for reader in a file of ``folder`` each; a line for each change.

    Elasticsearch tells the secret once. A key whose secret is lost is made invalid, and another takes its place.
    Raises ``CannotRun`` where the files cannot be written.
    """
    wanted = roles(prefix)
    names = {file: name_for(role, prefix) for file, role in KEYS.items()}
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return tuple(line for file, name in names.items() for line in _key(server, name, wanted[name], folder / file))
    except OSError as error:
        raise CannotRun(f"cannot keep API keys in {folder}: {error.strerror or error}") from None


def _for_prefix(role: Role, prefix: str) -> Role:
    rows = [row | {"names": [_renamed(name, prefix) for name in row["names"]]} for row in role["indices"]]
    return role | {"indices": rows, "metadata": {OWNER: {"index": prefix}}}


def _renamed(name: str, prefix: str) -> str:
    """A name, or a pattern between strokes; what a prefix may consist of means itself in a pattern."""
    stroke = "/" if name.startswith("/") else ""
    return stroke + prefix + name.removeprefix(stroke).removeprefix(WRITTEN_FOR)


def _role(server: Server, name: str, wanted: Role) -> list[str]:
    held = _held_role(server, name)
    if held is not None and OWNER not in (held.get("metadata") or {}):
        raise CannotRun(
            f"the role {name} at {server.url} was not made by Sitrep and is left alone; rename or remove it"
        )
    if held is not None and _gist(held) == _gist(wanted):
        return []
    server.ask("PUT", f"/_security/role/{name}", wanted)
    return [f"{'updated' if held else 'created'} role {name}"]


def _held_role(server: Server, name: str) -> Role | None:
    try:
        held: Role = server.ask("GET", f"/_security/role/{name}")[name]
    except Refused as refusal:
        if refusal.status == 404:
            return None
        raise
    return held


def _gist(role: Role) -> Any:
    """What a role allows, in a form that does not depend on order or on what the server adds."""
    rows = [
        (sorted(row["names"]), sorted(row["privileges"]), row.get("query"), row.get("field_security"))
        for row in role["indices"]
    ]
    more = [role.get(name) or [] for name in ("applications", "run_as", "remote_indices", "remote_cluster")]
    return sorted(role["cluster"]), rows, more, role.get("global") or {}


def _key(server: Server, name: str, role: Role, file: Path) -> list[str]:
    held = _held_keys(server, name)
    kept = next((key for key in held if key["id"] == _kept_id(file)), None)
    if kept is None:
        return _replace_key(server, name, role, file, [key["id"] for key in held])
    if kept["metadata"] == _mark(role):
        return []
    server.ask("PUT", f"/_security/api_key/{kept['id']}", _rights(role))
    return [f"updated API key {name}"]


def _held_keys(server: Server, name: str) -> list[dict[str, Any]]:
    params = {"name": name, "owner": "true", "active_only": "true"}
    keys = server.ask("GET", "/_security/api_key", params=params)["api_keys"]
    return [key for key in keys if OWNER in (key.get("metadata") or {})]


def _replace_key(server: Server, name: str, role: Role, file: Path, lost: Iterable[str]) -> list[str]:
    # Opened first: no key is made whose secret could not be kept.
    fresh = file.with_name(f".{uuid.uuid4().hex}.part")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as secret:
            if lost := list(lost):
                server.ask("DELETE", "/_security/api_key", {"ids": lost, "owner": True})
            made = server.ask("POST", "/_security/api_key", {"name": name} | _rights(role))
            secret.write(f"{made['encoded']}\n".encode())
            secret.flush()
            os.fsync(secret.fileno())
        fresh.replace(file)
    finally:
        fresh.unlink(missing_ok=True)
    return [f"invalidated API key {name}, whose secret is lost" for _ in lost] + [f"created API key {name} in {file}"]


def _rights(role: Role) -> dict[str, Any]:
    granted = {"role": {"cluster": role["cluster"], "indices": role["indices"]}}
    return {"role_descriptors": granted, "metadata": _mark(role)}


def _mark(role: Role) -> dict[str, Any]:
    """Of a key: the server does not tell what a key may do, so what it was made from stands in its metadata."""
    return {OWNER: {"gist": json.dumps(_gist(role), sort_keys=True)}}


def _kept_id(file: Path) -> str | None:
    """The id within a kept key (base64 of ``id:secret``), or None if there is no such file or it holds none."""
    try:
        with file.open("rb") as kept:
            decoded = base64.b64decode(kept.read(LONGEST_KEY).strip(), validate=True)
    except (FileNotFoundError, ValueError):
        return None
    return decoded.partition(b":")[0].decode("ascii", "replace")
