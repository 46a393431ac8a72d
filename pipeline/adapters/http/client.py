"""One GET and its redirects, bounded in time, size and count, to public addresses only."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from types import TracebackType
from urllib.parse import urljoin, urlsplit

import aiohttp

from pipeline import __version__
from pipeline.adapters.http.addresses import AddressRefused, AllowedHosts, GuardedResolver, is_literal
from pipeline.adapters.http.bodies import ACCEPT_ENCODING, BadEncoding, TooLarge, decode
from pipeline.adapters.http.politeness import HostTurns, RoundOver
from pipeline.model import ROUND_OVER, Exchange, FetchFailure

MAX_REDIRECTS = 10
MAX_URL = 4000
MAX_CONNECTIONS = 64
REDIRECTS = {301, 302, 303, 307, 308}


class HttpClient:
    """Fetches for one round. Use as an async context manager; trouble comes back as a ``FetchFailure``."""

    def __init__(
        self,
        turns: HostTurns,
        allowed: AllowedHosts,
        *,
        contact: str | None,
        time_limit: float,
        clock: Callable[[], datetime],
    ) -> None:
        self._turns = turns
        self._allowed = allowed
        self._time_limit = time_limit
        self._clock = clock
        self._headers = {"User-Agent": user_agent(contact), "Accept-Encoding": ACCEPT_ENCODING}
        if contact and "@" in contact and "/" not in contact:
            self._headers["From"] = contact  # RFC 9110, 10.1.2: a mailbox
        self._slots = asyncio.Semaphore(MAX_CONNECTIONS)

    async def __aenter__(self) -> "HttpClient":
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=MAX_CONNECTIONS * 2, resolver=GuardedResolver(self._allowed)),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),
            auto_decompress=False,
            trust_env=False,  # a proxy would resolve and connect in our place, behind the address check
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def get(
        self,
        url: str,
        *,
        max_bytes: int,
        headers: Mapping[str, str] | None = None,
        may_ask: Callable[[str], Awaitable[FetchFailure | None]] | None = None,
    ) -> Exchange | FetchFailure:
        """GET ``url``, following up to ``MAX_REDIRECTS`` redirects.

        ``headers`` (validators) go to ``url`` alone, never to where it redirects.
        ``may_ask`` is put the question (robots.txt) for each address in turn.
        """
        target = url
        redirects: list[tuple[int, str]] = []
        for _ in range(MAX_REDIRECTS + 1):
            refusal = self._refusal(url, target) or (await may_ask(target) if may_ask else None)
            if refusal is not None:
                return refusal
            extra = dict(headers or {}) if target == url else {}
            answer = await self._polite(url, target, extra, max_bytes, tuple(redirects))
            if isinstance(answer, FetchFailure) or answer.status not in REDIRECTS:
                return answer
            location = answer.header("location")
            if not location:
                return FetchFailure(url, "bad_redirect", f"{answer.status} without Location", False, answer.status)
            target = _joined(target, location)
            if any(target == earlier for _, earlier in redirects) or target == url:
                return FetchFailure(url, "redirect_loop", shown(target), temporary=True)
            redirects.append((answer.status, target))
        return FetchFailure(url, "redirect_loop", f"more than {MAX_REDIRECTS} redirects", temporary=True)

    def _refusal(self, url: str, target: str) -> FetchFailure | None:
        try:
            parts = urlsplit(target)
            host, _ = parts.hostname, parts.port
        except ValueError:
            return FetchFailure(url, "bad_url", shown(target), temporary=False)
        if parts.scheme not in ("http", "https") or not host or len(target) > MAX_URL:
            return FetchFailure(url, "bad_url", shown(target), temporary=False)
        if is_literal(host) and not self._allowed.permits(host, host):
            detail = f"{host} is a private address (SITREP_ALLOW_HOSTS names the exceptions)"
            return FetchFailure(url, "address_refused", detail, temporary=False)
        return None

    async def _polite(
        self, url: str, target: str, headers: Mapping[str, str], max_bytes: int, redirects: tuple[tuple[int, str], ...]
    ) -> Exchange | FetchFailure:
        host = urlsplit(target).hostname or ""
        try:
            async with self._turns.turn(host), self._slots:
                return await self._once(url, target, headers, max_bytes, redirects)
        except RoundOver:
            return FetchFailure(url, ROUND_OVER, "the round's time is over; next time", temporary=True)

    async def _once(
        self, url: str, target: str, headers: Mapping[str, str], max_bytes: int, redirects: tuple[tuple[int, str], ...]
    ) -> Exchange | FetchFailure:
        begun = time.monotonic()
        at = self._clock()
        try:
            async with (
                asyncio.timeout(self._time_limit),
                self._session.get(target, headers={**self._headers, **headers}, allow_redirects=False) as response,
            ):
                raw = await _read(response, max_bytes)
                body = decode(raw, response.headers.get("Content-Encoding"), max_bytes)
        except Exception as error:  # every way a request can fail becomes a value with a name
            return _failure(url, error, self._time_limit)
        return Exchange(
            requested_url=url,
            url=target,
            status=response.status,
            headers=tuple(response.headers.items()),
            raw=raw,
            body=body,
            at=at,
            milliseconds=round((time.monotonic() - begun) * 1000),
            redirects=redirects,
        )


async def _read(response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    if (response.content_length or 0) > max_bytes:
        raise TooLarge(f"announced {response.content_length} bytes, the limit is {max_bytes}")
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > max_bytes:
            raise TooLarge(f"body over {max_bytes} bytes")
    return bytes(body)


def _failure(url: str, error: Exception, time_limit: float) -> FetchFailure:
    cause = getattr(error, "os_error", None) or error
    match error:
        case TimeoutError():
            return FetchFailure(url, "timeout", f"not answered within {time_limit:g} s", temporary=True)
        case TooLarge():
            return FetchFailure(url, "too_large", str(error), temporary=False)
        case BadEncoding():
            return FetchFailure(url, "bad_encoding", str(error), temporary=True)
        case aiohttp.ClientConnectorError() if isinstance(cause, AddressRefused):
            detail = f"{cause}: private addresses are refused (SITREP_ALLOW_HOSTS names the exceptions)"
            return FetchFailure(url, "address_refused", detail, temporary=False)
        case aiohttp.ClientConnectorDNSError():
            return FetchFailure(url, "dns", "the host name does not resolve", temporary=True)
        case aiohttp.ClientSSLError() | aiohttp.ClientConnectorCertificateError():
            return FetchFailure(url, "tls", _line(cause), temporary=True)
        case aiohttp.InvalidURL():
            return FetchFailure(url, "bad_url", shown(url), temporary=False)
        case aiohttp.ClientConnectorError():
            return FetchFailure(url, "connect", _line(cause), temporary=True)
        case aiohttp.ClientError() | OSError() | ValueError():
            return FetchFailure(url, "broken_answer", f"{type(error).__name__}: {_line(error)}", temporary=True)
    raise error


def user_agent(contact: str | None) -> str:
    """``Sitrep/VERSION (+contact)``: who asks, and how to reach them."""
    return f"Sitrep/{__version__}" + (f" (+{contact})" if contact else "")


def shown(url: str) -> str:
    """A URL for logs and reports: without credentials, without control characters, not endless."""
    head, mark, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    clean = head + mark + authority.rpartition("@")[2] + slash + path
    return "".join(char if char.isprintable() else "?" for char in clean)[:300]


def _joined(base: str, location: str) -> str:
    try:
        return urljoin(base, location.strip()).partition("#")[0]
    except ValueError:
        return location


def _line(error: BaseException) -> str:
    return " ".join((getattr(error, "strerror", None) or str(error) or type(error).__name__).split())[:200]
