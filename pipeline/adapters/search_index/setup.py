"""Bringing templates, indices and aliases of one prefix to what this program wants; safe to repeat at any time."""

from typing import Any

from pipeline.adapters.search_index.layout import BOARDS, OWNER, Found, Names, find, owner_mark
from pipeline.adapters.search_index.schema import ServerKind, board_schema, digests, stories_schema
from pipeline.adapters.search_index.server import Refused, Server
from pipeline.errors import CannotRun

PRIORITY = 500
"""Before the templates that Elasticsearch brings along (100 … 300)."""


def set_up(server: Server, names: Names, kind: ServerKind) -> tuple[str, ...]:
    """Create or update what is ours; returns what was changed, nothing if all was as it should be.

    Raises ``CannotRun`` for somebody else's index, alias or template under one of our names.
    """
    stories = stories_schema(kind)
    boards = {names.board(board): board_schema(board) for board in BOARDS}
    found = look(server, names)
    changed = _template(server, names.stories_template, names.patterns, stories)
    for name, schema in boards.items():
        changed += _template(server, name, (name,), schema)
    changed += _stories(server, names, found, stories)
    for name, schema in boards.items():
        changed += _index(server, name, found.boards.get(name), schema)
    return tuple(changed)


def look(server: Server, names: Names) -> Found:
    """What our names reach on the server now."""
    wanted = "*.aliases,*.mappings._meta,*.settings.index.uuid"  # the last, so that a bare index is not left out
    params = {"ignore_unavailable": "true", "expand_wildcards": "all", "filter_path": wanted}
    return find(names, server.ask("GET", f"/{','.join(names.all)}", params=params), server.url)


def boards_are_current(names: Names, found: Found) -> bool:
    """Is every index beside the stories there, with the fields that this program writes?"""
    wanted = {names.board(board): digests(board_schema(board)) for board in BOARDS}
    return wanted == found.boards


def _template(server: Server, name: str, patterns: tuple[str, ...], schema: dict[str, Any]) -> list[str]:
    held = _held_template(server, name)
    mark = owner_mark(held.get("_meta")) if held is not None else None
    if held is not None and mark is None:
        raise CannotRun(
            f"the index template {name} at {server.url} was not made by Sitrep and is left alone; "
            "set SITREP_INDEX to another name"
        )
    if mark == digests(schema):
        return []
    template = {
        "index_patterns": list(patterns),
        "priority": PRIORITY,
        "template": schema,
        "_meta": {OWNER: digests(schema)},
    }
    server.ask("PUT", f"/_index_template/{name}", template)
    return [f"{'updated' if held else 'created'} template {name}"]


def _held_template(server: Server, name: str) -> dict[str, Any] | None:
    try:
        answer = server.ask("GET", f"/_index_template/{name}", params={"flat_settings": "true"})
    except Refused as refusal:
        if refusal.status == 404:
            return None
        raise
    held: dict[str, Any] = answer["index_templates"][0]["index_template"]
    return held


def _stories(server: Server, names: Names, found: Found, schema: dict[str, Any]) -> list[str]:
    if found.stories is None:
        aliases = {names.read: {}, names.write: {"is_write_index": True}}
        return _create(server, names.first, schema | {"aliases": aliases})
    changed = _index(server, found.stories, found.stories_meta, schema)
    if found.missing_aliases:
        actions = [{"add": {"index": found.stories, "alias": alias}} for alias in found.missing_aliases]
        server.ask("POST", "/_aliases", {"actions": actions})
        changed += [f"created alias {alias} for {found.stories}" for alias in found.missing_aliases]
    return changed


def _index(server: Server, name: str, mark: dict[str, str] | None, schema: dict[str, Any]) -> list[str]:
    if mark is None:
        return _create(server, name, schema)
    wanted = digests(schema)
    changed = [] if mark["mapping"] == wanted["mapping"] else _extend(server, name, mark, schema)
    if mark.get("analysis") != wanted.get("analysis"):
        changed.append(f"{name} keeps its former text analysis; 'sitrep reindex' makes an index with the new one")
    return changed


def _create(server: Server, name: str, body: dict[str, Any]) -> list[str]:
    try:
        server.ask("PUT", f"/{name}", body)
    except Refused as refusal:
        if refusal.kind == "resource_already_exists_exception":  # another setup was a moment faster
            return []
        raise
    return [f"created index {name}"]


def _extend(server: Server, name: str, mark: dict[str, str], schema: dict[str, Any]) -> list[str]:
    """Add new fields. The analysis stays, so its digest does too."""
    mappings = schema["mappings"] | {"_meta": {OWNER: mark | {"mapping": digests(schema)["mapping"]}}}
    try:
        server.ask("PUT", f"/{name}/_mapping", mappings)
    except Refused as refusal:
        if refusal.status != 400:
            raise
        raise CannotRun(
            f"{name} at {server.url} cannot take the new mapping ({refusal.reason}); run 'sitrep reindex'"
        ) from None
    return [f"updated mapping of {name}"]
