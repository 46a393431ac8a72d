"""Alarms for whoever else wants them, such as Airflow's notifiers: each hears of an incident once, and of its end.

The webhook's memory is a column of the alarm; of any other a mark in the ledger remembers what it has heard of.
"""

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

import structlog

from pipeline.adapters.ledger import alarms, marks
from pipeline.adapters.ledger.database import Ledger
from pipeline.flows.alarms import message
from pipeline.settings import Settings

log = structlog.get_logger()


def tell_alarms(settings: Settings, name: str, send: Callable[[Mapping[str, Any]], object]) -> int:
    """Hand ``send`` what ``name`` has not heard of, as the webhook gets it; returns how many incidents.

    What ``send`` does not take (it raises) is told the next time. Of the trouble only its kind is logged: the words of
    a mail server or chat may hold what is secret.
    """
    mark = f"notices-{sha256(name.encode()).hexdigest()[:20]}"
    with Ledger(settings.ledger_url) as ledger:
        with ledger.read() as connection:
            news, lasting = alarms.news_for(connection, marks.found(connection, mark) or {})
        if not news:
            return 0
        try:
            send(message(news))
        except Exception as error:  # a notifier may fail in any way, and a round is over by then
            log.warning("alarms not told", problem=f"{type(error).__name__}; tried again after the next round")
            return 0
        with ledger.write() as connection:
            marks.put(connection, mark, lasting)
    return len(news)
