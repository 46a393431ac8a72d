"""Alarms: raised once for an incident and cleared when it is over; in the ledger, the log, and to the webhook.

The ledger is written first, so an alarm outlives an index that takes nothing and a webhook that does not answer.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog

from pipeline.adapters.ledger import alarms
from pipeline.adapters.ledger.alarms import Incident
from pipeline.adapters.ledger.database import Ledger
from pipeline.settings import Settings
from pipeline.stages.alarm import Alarm
from pipeline.stages.document import iso

POST_LIMIT = 10.0
log = structlog.get_logger()


def settle_alarms(
    settings: Settings, ledger: Ledger, current: Sequence[Alarm], kinds: Sequence[str], now: datetime
) -> list[Incident]:
    """Let ``current`` be all that holds of these kinds, and tell what has changed; returns what is over now."""
    with ledger.write() as connection:
        raised, over = alarms.bring_up_to_date(connection, current, kinds, now)
    for one in raised:
        log.warning("alarm", kind=one.kind, subject=one.subject, detail=one.detail)
    for one in over:
        log.warning("alarm is over", kind=one.kind, subject=one.subject)
    _tell(settings, ledger)
    return over


def _tell(settings: Settings, ledger: Ledger) -> None:
    """One message for all that the webhook has not heard of; what it does not take is told with the next round's."""
    if settings.webhook_url is None:
        return
    with ledger.read() as connection:
        news = alarms.untold(connection)
    if not news:
        return
    from pipeline.adapters.http.webhook import post_json  # loads aiohttp

    url = settings.webhook_url.get_secret_value()
    problem = post_json(url, message(news), time_limit=POST_LIMIT, contact=settings.contact)
    if problem is not None:
        log.warning("alarms not told", problem=f"the webhook {problem}; tried again after the next round")
        return
    with ledger.write() as connection:
        alarms.told(connection, news)


def message(news: Sequence[Incident]) -> dict[str, Any]:
    """``text`` has a line for each and suits chats that take incoming webhooks; ``alarms`` has the parts."""
    lines = [f"{'Over' if one.cleared_at else 'Alarm'}: {one.kind} {one.subject} ({one.detail})" for one in news]
    return {"text": "\n".join(lines), "alarms": [incident_json(one) for one in news]}


def incident_json(one: Incident) -> dict[str, Any]:
    """As the webhook and ``status --json`` give it."""
    return {
        "kind": one.kind,
        "subject": one.subject,
        "detail": one.detail,
        "since": iso(one.since) if one.since else None,
        "raised_at": iso(one.raised_at),
        "cleared_at": iso(one.cleared_at) if one.cleared_at else None,
    }
