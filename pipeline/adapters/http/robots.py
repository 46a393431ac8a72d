"""May this page be fetched? robots.txt after RFC 9309, kept for a day."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from protego import Protego

from pipeline.adapters.http.client import HttpClient
from pipeline.adapters.http.politeness import HostTurns
from pipeline.model import ROUND_OVER, FetchFailure, RobotsFile

MAX_BYTES = 500 * 1024  # RFC 9309, 2.5: at least 500 kibibytes must be parsed
LIFETIME = timedelta(hours=24)  # RFC 9309, 2.4
MAX_CRAWL_DELAY = 120.0
AGENT = "Sitrep"


class Robots:
    """Asks each site once a day. ``known`` are the answers of earlier rounds; ``fresh`` collects the new ones."""

    def __init__(
        self,
        client: HttpClient,
        turns: HostTurns,
        known: Callable[[str], RobotsFile | None],
        clock: Callable[[], datetime],
    ) -> None:
        self._client = client
        self._turns = turns
        self._known = known
        self._clock = clock
        self._answers: dict[str, asyncio.Task[tuple[RobotsFile | FetchFailure, Protego | None]]] = {}
        self.fresh: list[RobotsFile] = []

    async def refusal(self, url: str) -> FetchFailure | None:
        """``None`` when the page may be fetched; else why not, temporary while the site's rules cannot be read."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        if origin not in self._answers:
            self._answers[origin] = asyncio.create_task(self._ask(origin))
        answer, rules = await asyncio.shield(self._answers[origin])
        if isinstance(answer, FetchFailure):
            kind = "robots_unreachable" if answer.temporary and answer.kind != ROUND_OVER else answer.kind
            return FetchFailure(url, kind, f"robots.txt: {answer.detail}", answer.temporary)
        if answer.status >= 500:  # RFC 9309, 2.3.1.4: nothing may be fetched while the rules are unreachable
            return FetchFailure(url, "robots_unreachable", f"robots.txt answers {answer.status}", temporary=True)
        if rules is None:
            return None
        if not rules.can_fetch(url, AGENT):
            return FetchFailure(url, "robots", "disallowed by the site's robots.txt", temporary=False)
        return None

    async def _ask(self, origin: str) -> tuple[RobotsFile | FetchFailure, Protego | None]:
        known = self._known(origin)
        is_fresh = known is not None and self._clock() - known.at <= LIFETIME
        answer = known if known is not None and is_fresh else await self._fetch(origin)
        if isinstance(answer, FetchFailure) or answer.status != 200:
            return answer, None  # RFC 9309, 2.3.1.3: with a 4xx everything is allowed
        rules = Protego.parse(answer.body[:MAX_BYTES].decode("utf-8", "replace"))
        delay = rules.crawl_delay(AGENT)
        if delay:
            self._turns.widen(urlsplit(origin).hostname or "", min(float(delay), MAX_CRAWL_DELAY))
        return answer, rules

    async def _fetch(self, origin: str) -> RobotsFile | FetchFailure:
        answer = await self._client.get(f"{origin}/robots.txt", max_bytes=4 * MAX_BYTES)
        if isinstance(answer, FetchFailure):
            return answer
        file = RobotsFile(origin, self._clock(), answer.status, answer.body if answer.status == 200 else b"")
        self.fresh.append(file)
        return file
