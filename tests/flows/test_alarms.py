"""Alarms are raised once for an incident and cleared when it is over: in the ledger, the status and the webhook."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from pipeline.adapters.ledger.alarms import open_incidents
from pipeline.adapters.ledger.database import Ledger
from pipeline.flows.alarms import settle_alarms
from pipeline.flows.status import status
from pipeline.settings import Settings
from pipeline.stages.alarm import AFTER_AUDIT, AFTER_ROUND, Alarm
from tests.support.databases import database
from tests.support.hook import Hook, open_hook
from tests.support.rounds import NOON, settings_of

BACKLOG = Alarm("backlog", "index", "3 stories wait for the index", NOON)


@pytest.fixture
def hook() -> Iterator[Hook]:
    with open_hook() as opened:
        yield opened


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path, hook: Hook) -> Iterator[Settings]:
    with database(request.param, tmp_path) as url:
        yield settings_of(tmp_path, ["https://feeds.example.org/1"], webhook_url=hook.url, database_url=url)


def after_round(settings: Settings, *current: Alarm) -> list[str]:
    """Returns the kinds of the alarms that last."""
    with Ledger(settings.ledger_url) as ledger:
        settle_alarms(settings, ledger, current, AFTER_ROUND, NOON)
        with ledger.read() as connection:
            return [one.kind for one in open_incidents(connection)]


def told(hook: Hook) -> list[list[tuple[str, bool]]]:
    return [[(one["kind"], one["cleared_at"] is not None) for one in body["alarms"]] for body in hook.bodies()]


def test_an_incident_is_told_once_when_it_begins_and_once_when_it_is_over(settings: Settings, hook: Hook) -> None:
    changed = Alarm("backlog", "index", "5 stories wait for the index", None)
    with capture_logs() as log:
        for current in ([], [BACKLOG], [changed], [changed], [], []):
            after_round(settings, *current)
    assert told(hook) == [[("backlog", False)], [("backlog", True)]]
    assert [event["event"] for event in log] == ["alarm", "alarm is over"]


def test_trouble_that_comes_back_is_told_again(settings: Settings, hook: Hook) -> None:
    for current in ([BACKLOG], [], [BACKLOG]):
        after_round(settings, *current)
    assert told(hook) == [[("backlog", False)], [("backlog", True)], [("backlog", False)]]


def test_what_the_webhook_does_not_take_is_told_with_the_next_round(settings: Settings, hook: Hook) -> None:
    hook.status = 500
    after_round(settings, BACKLOG)
    hook.status = 200
    after_round(settings, BACKLOG)
    assert told(hook) == [[("backlog", False)], [("backlog", False)]]


def test_a_feed_that_failed_once_is_shown_and_told_to_nobody(settings: Settings, hook: Hook) -> None:
    assert after_round(settings, Alarm("feed_failing", "one", "timeout", NOON)) == ["feed_failing"]
    assert hook.posts == []


def test_a_round_leaves_the_alarm_of_an_audit_alone(settings: Settings) -> None:
    with Ledger(settings.ledger_url) as ledger:
        settle_alarms(settings, ledger, [Alarm("audit_difference", "index", "1 missing", None)], AFTER_AUDIT, NOON)
    assert after_round(settings) == ["audit_difference"]
    assert [one.detail for one in status(settings, NOON).alarms] == ["1 missing"]
    with Ledger(settings.ledger_url) as ledger:
        settle_alarms(settings, ledger, [], AFTER_AUDIT, NOON)
    assert status(settings, NOON).alarms == ()
