"""Bringing Kibana to what ``config/kibana`` says; safe to repeat at any time."""

import json
import secrets
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from pipeline.adapters.kibana.objects import KibanaObjects
from pipeline.adapters.kibana.server import Kibana
from pipeline.errors import CannotRun

DATA_VIEWS, BOARDS = "/api/data_views/data_view", "/api/dashboards"
IMPORT = "/api/saved_objects/_import?overwrite=true"


def set_up(kibana: Kibana, wanted: KibanaObjects) -> tuple[str, ...]:
    """Create what is missing and set back what differs; returns a line for each change.

    Saved searches cannot be read back in their own form, so they are written each time and told of when they are new.
    Raises what ``Kibana.ask`` raises, and ``CannotRun`` for searches that were not taken.
    """
    return (*_data_views(kibana, wanted), *_searches(kibana, wanted), *_boards(kibana, wanted))


def _data_views(kibana: Kibana, wanted: KibanaObjects) -> Iterator[str]:
    for view in wanted.data_views:
        held = kibana.find(f"{DATA_VIEWS}/{_part(view['id'])}")
        if held is None or not covers(held.get("data_view"), view):
            kibana.ask("POST", DATA_VIEWS, {"override": True, "data_view": view})
            yield f"{'created' if held is None else 'updated'} data view {view['name']}"
    yield from _default_view(kibana, wanted)


def _default_view(kibana: Kibana, wanted: KibanaObjects) -> Iterator[str]:
    """Discover opens with the stories, unless somebody has chosen otherwise."""
    chosen = kibana.ask("GET", "/api/data_views/default")
    if wanted.data_views and not chosen.get("data_view_id"):
        first = wanted.data_views[0]
        kibana.ask("POST", "/api/data_views/default", {"data_view_id": first["id"], "force": False})
        yield f"made {first['name']} the default data view"


def _searches(kibana: Kibana, wanted: KibanaObjects) -> Iterator[str]:
    if not wanted.searches:
        return
    boundary = secrets.token_hex(16)
    lines = "".join(json.dumps(search) + "\n" for search in wanted.searches)
    answer = kibana.ask("POST", IMPORT, _form(boundary, lines), content=f"multipart/form-data; boundary={boundary}")
    if answer.get("success") is not True:  # Kibana says so with status 200
        raise CannotRun(f"Kibana at {kibana.url} did not take saved searches: {_import_errors(answer)}")
    replaced = {result.get("id") for result in answer.get("successResults", ()) if result.get("overwrite")}
    for search in wanted.searches:
        if search["id"] not in replaced:
            yield f"created saved search {search['attributes']['title']}"


def _form(boundary: str, lines: str) -> bytes:
    head = (
        f"--{boundary}\r\n"
        'Content-Disposition: form-data; name="file"; filename="searches.ndjson"\r\n'
        "Content-Type: application/ndjson\r\n\r\n"
    )
    return f"{head}{lines}\r\n--{boundary}--\r\n".encode()


def _import_errors(answer: Mapping[str, Any]) -> str:
    found = [
        f"{error.get('id')} ({error.get('error', {}).get('type', 'unknown')})" for error in answer.get("errors", ())
    ]
    return ", ".join(found)[:300] or "no reason given"


def _boards(kibana: Kibana, wanted: KibanaObjects) -> Iterator[str]:
    for board_id, board in wanted.boards.items():
        path = f"{BOARDS}/{_part(board_id)}"
        held = kibana.find(path)
        if held is None or not covers(held.get("data"), board):
            kibana.ask("PUT", path, board)
            yield f"{'created' if held is None else 'updated'} board {board['title']}"


def covers(held: Any, wanted: Any) -> bool:
    """Is all that is wanted there as it should be? Kibana adds defaults of its own, which do not count."""
    if isinstance(wanted, dict):
        return isinstance(held, dict) and all(key in held and covers(held[key], wanted[key]) for key in wanted)
    if isinstance(wanted, list):
        return isinstance(held, list) and len(held) == len(wanted) and all(map(covers, held, wanted))
    return bool(held == wanted)


def _part(text: str) -> str:
    return quote(text, safe="")
