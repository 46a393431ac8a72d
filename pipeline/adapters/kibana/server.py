"""One Kibana: requests in, JSON out, every trouble named.

No redirect is followed and no proxy asked: the requests carry credentials, and Kibana is a server of one's own.
"""

import base64
import http.client
import json
import socket
import ssl
from typing import Any
from urllib.parse import urlsplit

from pipeline.adapters.search_index.server import Credentials
from pipeline.errors import CannotRun, ConfigError, ServerUnreachable

TIMEOUT = 60.0
MAX_ANSWER = 20_000_000
JSON = "application/json"
MAJOR, FIRST_MINOR = 9, 5
"""Boards are written in the language of the Dashboards API, which is the same from 9.5 on."""
READY = ("available", "degraded")


class KibanaRefused(CannotRun):
    """Kibana answered with an error: its HTTP ``status`` and its reason."""

    def __init__(self, where: str, status: int, reason: str) -> None:
        self.status = status
        super().__init__(f"Kibana at {where} answered {status}: {reason or 'without a reason'}")


class Kibana:
    """Every request of ours to one Kibana."""

    def __init__(self, url: str, credentials: Credentials, timeout: float = TIMEOUT) -> None:
        self.url = url.rstrip("/")
        self._parts = urlsplit(self.url)
        self._authorization = _authorization(credentials)
        self._timeout = timeout

    def check(self) -> None:
        """Is it ready, and is it one that understands us?

        Raises ``ServerUnreachable`` while it is not ready, ``ConfigError`` for refused credentials, ``CannotRun`` for
        another version, or if it is no Kibana.
        """
        answer = self.ask("GET", "/api/status")
        level = _at(answer, "status", "overall", "level")
        if level is None:
            raise self._not_kibana()
        if level not in READY:
            raise self._not_ready()
        number = _at(answer, "version", "number")
        if number is None:  # only strangers are not told
            raise self._refused_credentials(401)
        if not _is_understood(str(number)):
            raise CannotRun(
                f"Kibana at {self.url} is version {_line(str(number))}; boards need {MAJOR}.{FIRST_MINOR} or later of "
                f"{MAJOR}.x: set SITREP_KIBANA_URL to such a server, or unset it"
            )

    def find(self, path: str) -> dict[str, Any] | None:
        """What is at ``path``, or None where there is nothing."""
        try:
            return self.ask("GET", path)
        except KibanaRefused as refusal:
            if refusal.status != 404:
                raise
            return None

    def ask(self, method: str, path: str, body: Any = None, *, content: str = JSON) -> dict[str, Any]:
        """Send one request (``body``: JSON, or bytes of the type ``content``) and return the answer's JSON object.

        Raises ``ServerUnreachable`` if there is no answer or Kibana still starts, ``ConfigError`` for refused
        credentials, ``KibanaRefused`` for any other status but 2xx, ``CannotRun`` if it is no Kibana.
        """
        sent = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        status, data = self._exchange(method, path, sent, content)
        if 200 <= status < 300:
            return self._json(data)
        if status == 503:
            raise self._not_ready()
        if status in (401, 403):
            raise self._refused_credentials(status)
        if 300 <= status < 400:
            raise CannotRun(f"Kibana at {self.url} answers {status}, a redirect; check SITREP_KIBANA_URL")
        raise KibanaRefused(self.url, status, _reason(data))

    def _exchange(self, method: str, path: str, body: bytes | None, content: str) -> tuple[int, bytes]:
        headers = {"Accept": JSON, "kbn-xsrf": "true"} | self._authorization
        if body is not None:
            headers["Content-Type"] = content
        connection = self._connection()
        try:
            connection.request(method, self._parts.path + path, body, headers)
            answer = connection.getresponse()
            data = answer.read(MAX_ANSWER + 1)
        except (OSError, http.client.HTTPException) as error:
            raise ServerUnreachable(
                f"Kibana at {self.url} does not answer ({_failure(error)}); start it, or check SITREP_KIBANA_URL"
            ) from None
        finally:
            connection.close()
        if len(data) > MAX_ANSWER:
            raise CannotRun(f"Kibana at {self.url} answers with more than {MAX_ANSWER} bytes")
        return answer.status, data

    def _connection(self) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "https":
            return http.client.HTTPSConnection(host, port, timeout=self._timeout, context=ssl.create_default_context())
        return http.client.HTTPConnection(host, port, timeout=self._timeout)

    def _json(self, data: bytes) -> dict[str, Any]:
        try:
            answer = json.loads(data) if data else {}
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise self._not_kibana()
        return answer

    def _not_kibana(self) -> CannotRun:
        return CannotRun(f"the server at {self.url} is not Kibana; check SITREP_KIBANA_URL")

    def _not_ready(self) -> ServerUnreachable:
        return ServerUnreachable(f"Kibana at {self.url} is not ready yet")

    def _refused_credentials(self, status: int) -> ConfigError:
        wanted = "asks for other credentials" if status == 401 else "does not allow this to our user"
        return ConfigError(
            [
                f"Kibana at {self.url} {wanted} ({status}); check SITREP_ELASTICSEARCH_API_KEY "
                "or SITREP_ELASTICSEARCH_USERNAME and SITREP_ELASTICSEARCH_PASSWORD"
            ]
        )


def _authorization(credentials: Credentials) -> dict[str, str]:
    if credentials.api_key is not None:
        return {"Authorization": f"ApiKey {credentials.api_key.get_secret_value()}"}
    if credentials.username is None or credentials.password is None:
        return {}
    pair = f"{credentials.username}:{credentials.password.get_secret_value()}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def _is_understood(version: str) -> bool:
    major, _, rest = version.partition(".")
    minor = rest.partition(".")[0]
    return major == str(MAJOR) and minor.isdecimal() and int(minor) >= FIRST_MINOR


def _at(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _failure(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, socket.gaierror):
        return "the host name does not resolve"
    return _line(getattr(error, "strerror", None) or str(error) or type(error).__name__)


def _reason(data: bytes) -> str:
    try:
        stated = _at(json.loads(data), "message")
    except ValueError:
        stated = None
    return _line(stated if isinstance(stated, str) else data[:1000].decode("utf-8", "replace"))


def _line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:300]
