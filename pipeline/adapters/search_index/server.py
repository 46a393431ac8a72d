"""One Elasticsearch and its client: requests in, JSON out, every trouble named. The only importer of elasticsearch."""

import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from pipeline.adapters.search_index.schema import ServerKind
from pipeline.errors import CannotRun, ConfigError, ServerUnreachable
from pipeline.optional import without

TIMEOUT = 60.0
"""Seconds for one request, two bulks of two megabytes on a busy machine included."""
JSON, NDJSON = "application/json", "application/x-ndjson"
STEMMER_PROBE = {
    "tokenizer": "standard",
    "filter": [{"type": "stemmer", "language": "light_english"}],
    "text": "probe",
}


class Refused(CannotRun):
    """The server answered with an error: its HTTP ``status``, its ``kind`` (Elasticsearch's error type), ``reason``."""

    def __init__(self, where: str, status: int, kind: str, reason: str) -> None:
        self.status, self.kind, self.reason = status, kind, reason
        super().__init__(f"Elasticsearch at {where} answered {status}: {reason or kind or 'without a reason'}")


@dataclass(frozen=True, slots=True)
class Credentials:
    """An API key, or a user with a password, or nothing."""

    api_key: SecretStr | None = None
    username: str | None = None
    password: SecretStr | None = None

    def arguments(self) -> dict[str, Any]:
        """As the client wants them; an API key goes before a user, as with Elasticsearch's own tools."""
        if self.api_key is not None:
            return {"api_key": self.api_key.get_secret_value()}
        if self.username is not None and self.password is not None:
            return {"basic_auth": (self.username, self.password.get_secret_value())}
        return {}


@dataclass(frozen=True, slots=True)
class Identity:
    """Which server it is. ``local``: the stripped one, without stemmers."""

    version: str
    kind: ServerKind


class Server:
    """Every request of ours to one server."""

    def __init__(self, url: str, credentials: Credentials, timeout: float = TIMEOUT) -> None:
        # A slow import, which no command that stays away from the index should pay; most of it would be what the
        # client can also speak HTTP with, while we let it use urllib3.
        with without("aiohttp", "httpx", "requests"):
            import elasticsearch

        logging.getLogger("elastic_transport").setLevel(logging.CRITICAL)
        warnings.simplefilter("ignore", elasticsearch.ElasticsearchWarning)  # what the server deprecates
        self.url = url
        self.client_major = elasticsearch.__version__[0]
        self._client = elasticsearch.Elasticsearch(
            url, request_timeout=timeout, max_retries=0, retry_on_timeout=False, **credentials.arguments()
        )
        self._api_error = elasticsearch.ApiError
        self._unsupported = elasticsearch.UnsupportedProductError
        self._transport_error = elasticsearch.TransportError
        self._timeout = elasticsearch.ConnectionTimeout

    def ask(
        self, method: str, path: str, body: Any = None, *, params: Mapping[str, Any] | None = None, content: str = JSON
    ) -> Any:
        """Send one request (``body``: JSON, or bytes of the type ``content``) and return the answer's JSON.

        Raises ``ServerUnreachable``, ``Refused`` for any status but 2xx, ``ConfigError`` for wrong credentials,
        ``CannotRun`` if it is no Elasticsearch.
        """
        headers = {"accept": JSON} | ({"content-type": content} if body is not None else {})
        with self._explained():
            return self._client.perform_request(method, path, params=params, headers=headers, body=body).body

    def identify(self) -> Identity:
        """Ask for version and kind. Raises ``CannotRun`` for a server of another major version than the client's."""
        version = self._version()
        if version.split(".")[0] != str(self.client_major):
            raise CannotRun(
                f"Elasticsearch at {self.url} is version {version}; this Sitrep works with {self.client_major}.x: "
                "set SITREP_ELASTICSEARCH_URL to such a server"
            )
        return Identity(version, "full" if self._has_stemmers() else "local")

    def close(self) -> None:
        self._client.close()

    def _version(self) -> str:
        try:
            return str(self.ask("GET", "/")["version"]["number"])
        except Refused as refusal:
            if refusal.status != 405:
                raise
        nodes = self.ask("GET", "/_nodes/_local", params={"filter_path": "nodes.*.version"})
        return str(next(iter(nodes["nodes"].values()))["version"])

    def _has_stemmers(self) -> bool:
        try:
            self.ask("POST", "/_analyze", STEMMER_PROBE)
        except Refused as refusal:
            if refusal.status == 400:
                return False
            raise
        return True

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except self._unsupported:
            raise CannotRun(f"the server at {self.url} is not Elasticsearch; check SITREP_ELASTICSEARCH_URL") from None
        except self._api_error as error:
            raise self._refusal(error) from None
        except self._transport_error as error:
            raise self._unreachable(error) from None

    def _refusal(self, error: Any) -> CannotRun | ConfigError:
        status, body = error.meta.status, error.body
        if status in (401, 403):
            wanted = "asks for other credentials" if status == 401 else "does not allow this to our user"
            or_else = ", or run 'sitrep setup' as a user who may" if status == 403 else ""
            return ConfigError(
                [
                    f"Elasticsearch at {self.url} {wanted} ({status}); check SITREP_ELASTICSEARCH_API_KEY "
                    f"or SITREP_ELASTICSEARCH_USERNAME and SITREP_ELASTICSEARCH_PASSWORD{or_else}"
                ]
            )
        stated = body.get("error") if isinstance(body, dict) else None
        if not isinstance(stated, dict):
            return Refused(self.url, status, "", str(stated or body)[:300])
        return Refused(self.url, status, str(stated.get("type")), _innermost(stated))

    def _unreachable(self, error: Any) -> ServerUnreachable:
        late = isinstance(error, self._timeout)
        reason = "no answer in time" if late else " ".join(str(error.message).split())[:200]
        return ServerUnreachable(
            f"Elasticsearch at {self.url} does not answer ({reason}); "
            "start it, or check SITREP_ELASTICSEARCH_URL (unset: the local node)"
        )


def _innermost(error: dict[str, Any]) -> str:
    """The reason that tells most: Elasticsearch wraps it into others ("all shards failed")."""
    causes = error.get("root_cause") or [error]
    while isinstance(inner := causes[0].get("caused_by"), dict):
        causes = [inner]
    return str(causes[0].get("reason"))[:500]
