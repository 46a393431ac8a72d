"""Roles for people who work in Kibana: what they may open there, and which indices they see through it.

Roles are data (``config/kibana/roles``). What is ours bears our mark in its metadata; whatever lacks it is somebody
else's and stays as it is. Only a Kibana whose Elasticsearch has security on keeps roles.
"""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from pipeline.adapters.kibana.objects import FOLDER, INDEX
from pipeline.adapters.kibana.server import Kibana
from pipeline.adapters.search_index.layout import OWNER
from pipeline.adapters.search_index.security import name_for
from pipeline.errors import CannotRun

ROLES = "/api/security/role"
ALLOWING = ("elasticsearch", "kibana")
"""The parts of a role that allow something."""

Role = dict[str, Any]


def kibana_roles(index: str) -> dict[str, Role]:
    """Name → role (the body of ``PUT /api/security/role/NAME``) for the indices of ``index``."""
    files = sorted((FOLDER / "roles").glob("*.json"))
    return {name_for(file.stem, index): _for_index(file.read_text(encoding="utf-8"), index) for file in files}


def set_up_roles(kibana: Kibana, index: str) -> tuple[str, ...]:
    """Create our roles, and undo what was changed in them; a line for each change.

    Raises what ``Kibana.ask`` raises, and ``CannotRun`` for somebody else's role under one of our names.
    """
    return tuple(line for name, role in kibana_roles(index).items() for line in _role(kibana, name, role))


def _for_index(text: str, index: str) -> Role:
    role: Role = json.loads(text.replace(INDEX, index))
    return role | {"metadata": {OWNER: {"index": index}}}


def _role(kibana: Kibana, name: str, wanted: Role) -> Iterator[str]:
    path = f"{ROLES}/{quote(name, safe='')}"
    held = kibana.find(path)
    if held is not None and OWNER not in (held.get("metadata") or {}):
        raise CannotRun(
            f"the role {name} in Kibana at {kibana.url} was not made by Sitrep and is left alone; rename or remove it"
        )
    if held is None or _allows(held) != _allows(wanted):
        kibana.ask("PUT", path, wanted)
        yield f"{'created' if held is None else 'updated'} role {name}"


def _allows(role: Role) -> Any:
    return _gist({part: role.get(part) for part in ALLOWING})


def _gist(value: Any) -> Any:
    """In a form that depends neither on order nor on what Kibana adds where nothing was said: empty or false."""
    if isinstance(value, dict):
        parts = {key: _gist(part) for key, part in value.items()}
        return {key: part for key, part in parts.items() if part}
    if isinstance(value, list):
        return sorted(map(_gist, value), key=lambda part: json.dumps(part, sort_keys=True))
    return value
