"""May this page be fetched? robots.txt after RFC 9309, kept for a day."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from protego import Protego

from pipeline.adapters.http.client import HttpClient
from pipeline.adapters.http.politeness import HostTurns
from pipeline.adapters.http.targets import Target, read_target
from pipeline.model import NOT_ASKED, FetchFailure, RobotsFile

MAX_BYTES = 500 * 1024  # RFC 9309, 2.5: at least 500 kibibytes must be parsed
LIFETIME = timedelta(hours=24)  # RFC 9309, 2.4
MAX_CRAWL_DELAY = 120.0
AGENT = "Sitrep"
NOWHERE = ("redirect_loop", "bad_redirect")
"""RFC 9309, 2.3.1.2: a file that redirects lead away from counts as missing."""


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
        target = read_target(url)
        if target is None:
            return FetchFailure(url, "bad_url", "no usable http or https address", temporary=False)
        if target.origin not in self._answers:
            self._answers[target.origin] = asyncio.create_task(self._ask(target))
        answer, rules = await asyncio.shield(self._answers[target.origin])
        if isinstance(answer, FetchFailure):
            kind = "robots_unreachable" if answer.temporary and answer.kind not in NOT_ASKED else answer.kind
            return FetchFailure(
                target.url, kind, f"robots.txt: {answer.detail}", answer.temporary, retry_at=answer.retry_at
            )
        if answer.status >= 500:  # RFC 9309, 2.3.1.4: nothing may be fetched while the rules are unreachable
            detail = f"robots.txt answers {answer.status}"
            return FetchFailure(target.url, "robots_unreachable", detail, temporary=True)
        if rules is None or rules.can_fetch(str(target.parsed), AGENT):
            return None
        return FetchFailure(target.url, "robots", "disallowed by the site's robots.txt", temporary=False)

    async def _ask(self, target: Target) -> tuple[RobotsFile | FetchFailure, Protego | None]:
        known = self._known(target.origin)
        is_fresh = known is not None and self._clock() - known.at <= LIFETIME
        answer = known if known is not None and is_fresh else await self._fetch(target.origin)
        if isinstance(answer, FetchFailure) or answer.status != 200:
            return answer, None  # RFC 9309, 2.3.1.3: with a 4xx everything is allowed
        rules = Protego.parse(answer.body.decode("utf-8-sig", "replace"))
        delay = rules.crawl_delay(AGENT) or 0.0
        if delay > 0:
            self._turns.widen(target.host, min(float(delay), MAX_CRAWL_DELAY))
        return answer, rules

    async def _fetch(self, origin: str) -> RobotsFile | FetchFailure:
        answer = await self._client.get(f"{origin}/robots.txt", max_bytes=4 * MAX_BYTES)
        if isinstance(answer, FetchFailure):
            if answer.kind not in NOWHERE or answer.exchange is None:
                return answer
            answer = answer.exchange
        file = RobotsFile(origin, self._clock(), answer.status, answer.body[:MAX_BYTES])
        if answer.status < 500:  # trouble is not remembered for a day: the next round asks again
            self.fresh.append(file)
        return file
