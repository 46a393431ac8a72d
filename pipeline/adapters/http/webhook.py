"""One POST to the operator's own address. Private addresses are allowed there, redirects are not followed."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import aiohttp

from pipeline.adapters.http.client import user_agent
from pipeline.adapters.http.failures import failure_of

TELLING = ("timeout", "dns", "connect", "tls")
"""Failures whose details come from the network alone; others may repeat the address, which is a secret."""


def post_json(url: str, value: Mapping[str, Any], *, time_limit: float, contact: str | None) -> str | None:
    """Send ``value``; ``None`` when the server has taken it (2xx), else why not, without the address."""
    try:
        status = asyncio.run(_post(url, json.dumps(value).encode(), time_limit, contact))
    except Exception as error:  # every way a request can fail is a reason to try again later
        failure = failure_of("", error, time_limit)
        return f"{failure.kind}: {failure.detail}" if failure.kind in TELLING else failure.kind
    if 300 <= status < 400:
        return f"answers {status}: redirects are not followed"
    return None if 200 <= status < 300 else f"answers {status}"


async def _post(url: str, body: bytes, time_limit: float, contact: str | None) -> int:
    """The status; the answer's body is not looked at."""
    headers = {"User-Agent": user_agent(contact), "Content-Type": "application/json"}
    async with (
        asyncio.timeout(time_limit),
        aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout(total=None), trust_env=False
        ) as session,
        session.post(url, data=body, headers=headers, allow_redirects=False) as answer,
    ):
        return answer.status
