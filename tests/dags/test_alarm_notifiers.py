"""Alarms go out by Airflow's notifiers: by its mail to a real mail server, and by whatever class the operator names."""

import json
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import BaseNotifier
from airflow.sdk.exceptions import AirflowFailException

from pipeline.adapters.ledger.database import Ledger
from pipeline.flows.alarms import settle_alarms
from pipeline.settings import Settings
from pipeline.stages.alarm import AFTER_ROUND, Alarm
from tests.support.mail import Mail, open_mail
from tests.support.rounds import NOON, settings_of

INGEST = Path(__file__).resolve().parents[2] / "dags" / "ingest.py"
BY_MAIL = {"notifier": "airflow.providers.smtp.notifications.smtp.SmtpNotifier", "to": ["desk@example.org"]}
BACKLOG = Alarm("backlog", "index", "3 stories wait for the <index>", NOON)


@pytest.fixture
def mail(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mail]:
    with open_mail() as opened:
        options = "disable_ssl=true&disable_tls=true&from_email=sitrep@example.org&retry_limit=1"
        monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", f"smtp://127.0.0.1:{opened.port}/?{options}")
        yield opened


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    made = settings_of(tmp_path, ["https://feeds.example.org/1"])
    for name in ("home", "feeds"):
        monkeypatch.setenv(f"SITREP_{name.upper()}", str(getattr(made, name)))
    return made


def report(monkeypatch: pytest.MonkeyPatch, settings: Settings, *current: Alarm, notifiers: Any = (BY_MAIL,)) -> None:
    """What the task does after a round at whose end these alarms hold."""
    monkeypatch.setenv("SITREP_ALARM_NOTIFIERS", json.dumps(notifiers))
    with Ledger(settings.ledger_url) as ledger:
        settle_alarms(settings, ledger, current, AFTER_ROUND, NOON)
    runpy.run_path(str(INGEST))["_tell_alarms"]({})


def words(mail: Mail) -> list[tuple[list[str], str, str]]:
    """Recipients, subject and body of each mail."""
    every = []
    for recipients, message in mail.received:
        (part,) = [part for part in message.walk() if part.get_content_type() == "text/html"]
        every.append((recipients, str(message["Subject"]), part.get_payload(decode=True).decode().strip()))
    return every


def test_an_incident_is_mailed_once_and_so_is_its_end(
    settings: Settings, mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    for current in ([BACKLOG], [BACKLOG], [], []):
        report(monkeypatch, settings, *current)
    said = "backlog index (3 stories wait for the &lt;index&gt;)</pre>"
    assert words(mail) == [
        (["desk@example.org"], "Sitrep: 1 alarm raised or over", f"<pre>Alarm: {said}"),
        (["desk@example.org"], "Sitrep: 1 alarm raised or over", f"<pre>Over: {said}"),
    ]


def test_what_the_mail_server_does_not_take_is_mailed_after_the_next_round(
    settings: Settings, mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail.closed = True
    report(monkeypatch, settings, BACKLOG)
    assert mail.received == []
    mail.closed = False
    report(monkeypatch, settings, BACKLOG)
    assert len(mail.received) == 1


def test_a_feed_that_failed_once_is_mailed_to_nobody(
    settings: Settings, mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    report(monkeypatch, settings, Alarm("feed_failing", "one", "timeout", NOON))
    assert mail.received == []


def test_any_notifier_may_be_named_and_each_has_its_own_memory(
    settings: Settings, mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    told.clear()
    chat = {"notifier": f"{__name__}.Chat", "room": "{{ alarms[0].subject }}"}
    report(monkeypatch, settings, BACKLOG, notifiers=[chat])
    report(monkeypatch, settings, BACKLOG, notifiers=[chat, BY_MAIL])
    assert told == [("index", "Alarm: backlog index (3 stories wait for the <index>)")]
    assert len(mail.received) == 1


def test_without_notifiers_nobody_is_asked(settings: Settings, mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    report(monkeypatch, settings, BACKLOG, notifiers=[])
    assert mail.received == []


@pytest.mark.parametrize("written", ["mail", '{"notifier": 1}', '["mail"]', '[{"to": "desk@example.org"}]'])
def test_what_is_no_list_of_notifiers_is_named(
    settings: Settings, mail: Mail, monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    monkeypatch.setenv("SITREP_ALARM_NOTIFIERS", written)
    with pytest.raises(AirflowFailException, match="SITREP_ALARM_NOTIFIERS wants a JSON list of objects"):
        runpy.run_path(str(INGEST))["_tell_alarms"]({})


told: list[tuple[str, str]] = []


class Chat(BaseNotifier):
    """As an operator's own, or that of another package."""

    template_fields = ("room", "text")

    def __init__(self, room: str, text: str) -> None:
        super().__init__()
        self.room, self.text = room, text

    def notify(self, context: Any) -> None:
        told.append((self.room, self.text))
