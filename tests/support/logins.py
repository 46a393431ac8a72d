"""Requests to a server that asks for a login, past the code under test."""

import base64
import json
import urllib.error
import urllib.request
from typing import Any


def basic(user: str, password: str) -> str:
    """The header of a user with a password."""
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def ask(url: str, login: str, method: str, body: Any = None) -> tuple[int, Any]:
    """Status and JSON of an answer, ``{}`` where it is none. ``login``: the header; empty for nobody."""
    headers = {"Content-Type": "application/json", "kbn-xsrf": "true"} | ({"Authorization": login} if login else {})
    content = json.dumps(body).encode() if body is not None else None
    try:
        with urllib.request.urlopen(urllib.request.Request(url, content, headers, method=method), timeout=60) as answer:
            return answer.status, _json(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, _json(error.read())


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return {}
