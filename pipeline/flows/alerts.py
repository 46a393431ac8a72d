"""After a round: its new on-topic stories, as an Atom file for each topic and one message to the webhook.

What was told lies in ``alerts/state.json``. A story is told once for each topic, when it is first tagged with it. The
messages of a round are noted there before the first attempt and struck out when the webhook has taken them, so each
round is told at least once; a crash between the two tells it twice. What a round that broke off has not told, the next
one tells.
"""

import fcntl
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import structlog
from pydantic import TypeAdapter

from pipeline.adapters.file_swap import replace_file
from pipeline.adapters.ledger.database import Ledger
from pipeline.adapters.ledger.on_topic import on_topic_heads
from pipeline.config.topics import check_topics
from pipeline.errors import SitrepError
from pipeline.flows.clock import system_clock
from pipeline.settings import Settings
from pipeline.stages.alert import Alert, message, new_alerts
from pipeline.stages.atom import atom

KEPT = 100
"""Stories in a topic's file."""
REMEMBERED = 10_000
"""Ids of told stories kept for each topic: a story changed after so many others is told once more."""
MAX_UNSENT = 50
"""Rounds that wait for the webhook; of more, the oldest are given up."""
POST_LIMIT = 10.0
SENDING_LIMIT = 30.0
"""Seconds for one message, and after which a round begins no further one."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Published:
    """``told`` counts new stories by topic; ``sent`` and ``unsent`` count rounds. ``problem``: why not all went out."""

    told: Mapping[str, int] = field(default_factory=dict)
    sent: int = 0
    unsent: int = 0
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class _Topic:
    """``alerts`` newest round first, as in the file; ``told`` oldest first."""

    alerts: tuple[Alert, ...] = ()
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Round:
    run_id: str
    alerts: tuple[Alert, ...]


@dataclass(frozen=True, slots=True)
class _State:
    topics: Mapping[str, _Topic] = field(default_factory=dict)
    unsent: tuple[_Round, ...] = ()


_STATE = TypeAdapter(_State)


def publish_alerts(settings: Settings, ledger: Ledger, run_id: str) -> Published:
    """Tell the new on-topic stories of a run. Its stories are stored by now, so trouble is a warning and a value."""
    folder = settings.home / "alerts"
    try:
        with _alone(folder):
            published = _publish(settings, ledger, run_id, folder)
    except (OSError, SitrepError) as error:
        published = Published(problem=str(error))
    if published.problem:
        log.warning("alerts not told", run=run_id, problem=published.problem, rounds_waiting=published.unsent)
    return published


def _publish(settings: Settings, ledger: Ledger, run_id: str, folder: Path) -> Published:
    before = _read(folder)
    with ledger.read() as connection:
        stories = on_topic_heads(connection, run_id)
    alerts = new_alerts(stories, {topic: frozenset(known.told) for topic, known in before.topics.items()})
    state = _with(before, _Round(run_id, alerts), keep_unsent=settings.webhook_url is not None)
    names = {topic.id: topic.name for topic in check_topics(settings.topics)[0]}
    if state != before:
        _write(folder, state)
    _write_feeds(folder, state, names)
    sent = _send(settings, folder, state, names)
    return replace(sent, told={topic: sum(alert.topic == topic for alert in alerts) for topic in _topics(alerts)})


def _topics(alerts: tuple[Alert, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(alert.topic for alert in alerts))


def _with(state: _State, news: _Round, *, keep_unsent: bool) -> _State:
    topics = dict(state.topics)
    for name in _topics(news.alerts):
        known, fresh = topics.get(name, _Topic()), tuple(a for a in news.alerts if a.topic == name)
        told = (*known.told, *(alert.story_id for alert in fresh))
        topics[name] = _Topic((*fresh, *known.alerts)[:KEPT], told[-REMEMBERED:])
    unsent = (*state.unsent, news) if news.alerts else state.unsent
    return _State(topics, unsent[-MAX_UNSENT:] if keep_unsent else ())


def _send(settings: Settings, folder: Path, state: _State, names: Mapping[str, str]) -> Published:
    """Oldest round first; the first failure ends it until the next round."""
    if settings.webhook_url is None:
        return Published()
    url, begun, waiting = settings.webhook_url.get_secret_value(), time.monotonic(), state.unsent
    problem = None
    while waiting and time.monotonic() - begun < SENDING_LIMIT:
        content = message(waiting[0].run_id, waiting[0].alerts, names)
        from pipeline.adapters.http.webhook import post_json  # loads aiohttp

        problem = post_json(url, content, time_limit=POST_LIMIT, contact=settings.contact)
        if problem is not None:
            break
        waiting = waiting[1:]
        _write(folder, replace(state, unsent=waiting))
    why = f"the webhook {problem}; tried again after the next round" if problem else None
    return Published(sent=len(state.unsent) - len(waiting), unsent=len(waiting), problem=why)


def _write_feeds(folder: Path, state: _State, names: Mapping[str, str]) -> None:
    """A file for each topic, also before its first story, so that it can be subscribed to at once."""
    for topic in state.topics.keys() | names.keys():
        path, alerts = folder / f"{topic}.atom", state.topics.get(topic, _Topic()).alerts
        if not alerts and path.exists():
            continue
        updated_at: datetime = max((alert.updated_at for alert in alerts), default=system_clock())
        document = atom(topic, names.get(topic, topic), alerts, updated_at)
        if not path.exists() or path.read_bytes() != document:
            replace_file(path, document)


def _read(folder: Path) -> _State:
    """What earlier rounds have told. A file that cannot be read is set aside: better told twice than never again."""
    path = folder / "state.json"
    try:
        return _STATE.validate_json(path.read_bytes())
    except FileNotFoundError:
        return _State()
    except ValueError:
        path.replace(path.with_suffix(".broken"))
        log.warning("alerts/state.json was unreadable and is set aside; stories may be told again")
        return _State()


def _write(folder: Path, state: _State) -> None:
    replace_file(folder / "state.json", _STATE.dump_json(state))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One at a time: reports of two rounds may overlap."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
