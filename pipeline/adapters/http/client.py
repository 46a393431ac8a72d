"""One GET and its redirects, bounded in time, size and count, to public addresses only."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from datetime import datetime
from types import TracebackType

import aiohttp
from aiohttp.abc import AbstractResolver

from pipeline import __version__
from pipeline.adapters.http.addresses import AllowedHosts, is_literal
from pipeline.adapters.http.bodies import ACCEPT_ENCODING, TooLarge, decode, encodings_of
from pipeline.adapters.http.failures import failure_of, refused_address
from pipeline.adapters.http.politeness import HostTurns, RoundOver
from pipeline.adapters.http.resolver import GuardedResolver
from pipeline.adapters.http.targets import Target, read_target, redirected, shown, without_credentials
from pipeline.model import HOST_RESTS, ROUND_OVER, Exchange, FetchFailure
from pipeline.stages.http_times import retry_after

MAX_REDIRECTS = 10
MAX_CONNECTIONS = 64
LONG_BODY = 1_000_000
MAX_LONG_BODIES = 8
"""Bodies over ``LONG_BODY`` bytes that are received at once."""
MAX_HEADER_BYTES = 32 * 1024
"""Of one header line. Security policies of real sites outgrow the 8 KB that the library allows."""

REDIRECTS = {301, 302, 303, 307, 308}

MayAsk = Callable[[str], Awaitable[FetchFailure | None]]


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
        names: AbstractResolver | None = None,
        rests: Mapping[str, datetime] | None = None,
    ) -> None:
        """``contact`` goes out with every request, ``time_limit`` is seconds for one of them, body included.

        ``rests`` are hosts that are not asked before a time.
        ``names`` resolves host names; the operating system does it unless told otherwise.
        """
        self._turns = turns
        self._allowed = allowed
        self._time_limit = time_limit
        self._clock = clock
        self._names = names
        self._headers = {"User-Agent": user_agent(contact), "Accept-Encoding": ACCEPT_ENCODING}
        if contact and "@" in contact and "/" not in contact:
            self._headers["From"] = contact  # RFC 9110, 10.1.2: a mailbox
        self._slots = asyncio.Semaphore(MAX_CONNECTIONS)
        self._long_bodies = asyncio.Semaphore(MAX_LONG_BODIES)
        self.rests: dict[str, datetime] = dict(rests or {})
        """Hosts that have asked to be left alone, and until when."""

    async def __aenter__(self) -> "HttpClient":
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=MAX_CONNECTIONS * 2, resolver=GuardedResolver(self._allowed, self._names)
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),
            auto_decompress=False,
            trust_env=False,  # a proxy would resolve and connect in our place, behind the address check
            max_line_size=MAX_HEADER_BYTES,
            max_field_size=MAX_HEADER_BYTES,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    @property
    def is_over(self) -> bool:
        """May no new request begin any more?"""
        try:
            self._turns.check()
        except RoundOver:
            return True
        return False

    @property
    def long_bodies_free(self) -> bool:
        """May another long body be received now?"""
        return not self._long_bodies.locked()

    async def get(
        self,
        url: str,
        *,
        max_bytes: int,
        headers_for: Callable[[str], Mapping[str, str]] | None = None,
        may_ask: MayAsk | None = None,
        room: Callable[[], Awaitable[None]] | None = None,
    ) -> Exchange | FetchFailure:
        """GET ``url``, following up to ``MAX_REDIRECTS`` redirects. Only a 200 has its body read.

        ``headers_for`` gives the further headers (validators) of each address in turn: one is never sent another's.
        ``may_ask`` is put the question (robots.txt) for each address in turn. ``room`` is awaited before
        a request and before its body is unpacked.
        Addresses in what comes back hold no credentials.
        """
        target = read_target(url)
        if target is None:
            return FetchFailure(without_credentials(url), "bad_url", "no usable http or https address", temporary=False)
        asked = target.url
        redirects: tuple[tuple[int, str], ...] = ()
        while True:
            refusal = self._refusal(asked, target) or (await may_ask(target.url) if may_ask else None)
            if refusal is not None:
                return refusal
            extra = headers_for(target.url) if headers_for else {}
            answer = await self._polite(asked, target, extra, max_bytes, redirects, room)
            if isinstance(answer, FetchFailure) or answer.status not in REDIRECTS:
                return answer
            moved = _moved(target, answer)
            if isinstance(moved, FetchFailure):
                return moved
            target, redirects = moved, (*redirects, (answer.status, moved.url))

    def _refusal(self, asked: str, target: Target) -> FetchFailure | None:
        """An address in place of a name is never resolved, so it is checked here."""
        host = target.parsed.raw_host or ""
        if is_literal(host) and not self._allowed.permits(host, host):
            return refused_address(asked, shown(host))
        return None

    async def _polite(
        self,
        asked: str,
        target: Target,
        extra: Mapping[str, str],
        max_bytes: int,
        redirects: tuple[tuple[int, str], ...],
        room: Callable[[], Awaitable[None]] | None,
    ) -> Exchange | FetchFailure:
        if (resting := self._resting(asked, target)) is not None:
            return resting
        try:
            async with self._turns.turn(target.host):
                if room is not None:
                    await room()
                async with self._slots:
                    self._turns.check()
                    # Another request may have been refused meanwhile.
                    answer = self._resting(asked, target) or await self._once(
                        asked, target, extra, max_bytes, redirects, room
                    )
                    if isinstance(answer, Exchange):
                        self._heed(target.host, answer)
                    return answer
        except RoundOver:
            return FetchFailure(asked, ROUND_OVER, "the round's time is over; next time", temporary=True)

    def _resting(self, asked: str, target: Target) -> FetchFailure | None:
        until = self.rests.get(target.host)
        if until is None or until <= self._clock():
            return None
        detail = f"{target.host} wants no request before {until:%Y-%m-%d %H:%M:%S} UTC"
        return FetchFailure(asked, HOST_RESTS, detail, temporary=True, retry_at=until)

    def _heed(self, host: str, answer: Exchange) -> None:
        """What the answer says about how the host wants to be treated."""
        self._turns.answered(host, answer.milliseconds / 1000)
        if answer.status == 429:
            self._turns.refused(host)
            if (asked_for := retry_after(answer, self._clock())) is not None:
                until = self._clock() + asked_for
                self.rests[host] = max(until, self.rests.get(host, until))  # another answer may have asked for longer

    async def _once(
        self,
        asked: str,
        target: Target,
        extra: Mapping[str, str],
        max_bytes: int,
        redirects: tuple[tuple[int, str], ...],
        room: Callable[[], Awaitable[None]] | None,
    ) -> Exchange | FetchFailure:
        begun, at = time.monotonic(), self._clock()
        try:
            async with asyncio.timeout(self._time_limit), self._request(target, extra) as response:
                raw = await self._read(response, max_bytes) if response.status == 200 else b""
            milliseconds = round((time.monotonic() - begun) * 1000)
            if raw and room is not None:
                await room()  # a few kilobytes may unpack to the whole cap
            body = decode(raw, encodings_of(response.headers.items()), max_bytes) if raw else b""
        except Exception as error:  # every way a request can fail becomes a value with a name
            return failure_of(asked, error, self._time_limit)
        return Exchange(
            requested_url=asked,
            url=target.url,
            status=response.status,
            headers=tuple(response.headers.items()),
            raw=raw,
            body=body,
            at=at,
            milliseconds=milliseconds,
            redirects=redirects,
        )

    async def _read(self, response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
        """The body as it comes. Only so many long ones are read at once, so that they cannot fill the memory."""
        if (response.content_length or 0) > max_bytes:
            raise TooLarge(f"announced {response.content_length} bytes, the limit is {max_bytes}")
        body = bytearray()
        async with AsyncExitStack() as stack:
            async for piece in response.content.iter_any():
                if len(body) <= LONG_BODY < len(body) + len(piece):
                    await stack.enter_async_context(self._long_bodies)
                body += piece
                if len(body) > max_bytes:
                    raise TooLarge(f"body over {max_bytes} bytes")
            return bytes(body)

    def _request(self, target: Target, extra: Mapping[str, str]) -> "aiohttp.client._RequestContextManager":
        own = {"Authorization": target.credentials} if target.credentials else {}
        return self._session.get(target.parsed, headers={**self._headers, **extra, **own}, allow_redirects=False)


def _moved(target: Target, answer: Exchange) -> Target | FetchFailure:
    """Where a redirect leads, unless it leads nowhere or round in a circle."""
    asked, status = answer.requested_url, answer.status
    location = answer.header("location")
    if not location:
        return FetchFailure(asked, "bad_redirect", f"{status} without Location", False, status, answer)
    moved = redirected(target, location)
    if moved is None:
        return FetchFailure(asked, "bad_redirect", f"{status} to {shown(location)}", False, status, answer)
    if moved.url in (asked, *(earlier for _, earlier in answer.redirects)):
        return FetchFailure(asked, "redirect_loop", shown(moved.url), True, status, answer)
    if len(answer.redirects) == MAX_REDIRECTS:
        return FetchFailure(asked, "redirect_loop", f"more than {MAX_REDIRECTS} redirects", True, status, answer)
    return moved


def user_agent(contact: str | None) -> str:
    """``Sitrep/VERSION (+contact)``: who asks, and how to reach them."""
    return f"Sitrep/{__version__}" + (f" (+{contact})" if contact else "")
