"""What an operator has to look at after a round.

An alarm goes by its kind, its subject and since when it holds: the next round that sees the same trouble tells the
same alarm again, and trouble that comes back after it was over is another one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from pipeline.model import OUTCOMES, FeedSource, RunReport
from pipeline.stages.feed_state import FeedState, feed_status

LOUD = ("failing", "silent", "gone")
AFTER_ROUND = (
    "unbalanced_round",
    "backlog",
    "backlog_grows",
    "refused_by_index",
    "feed_failing",
    "feed_dead",
    "feed_gone",
    "feed_silent",
    "no_story",
    "no_on_topic",
    "pages_without_text",
)
"""Kinds that a round decides about …"""
AFTER_AUDIT = ("audit_difference",)
"""… and an audit."""
QUIET = ("feed_failing",)
"""Kinds that are shown and sent to nobody: a feed that fails once is mostly back with the next poll."""
DEAD_AFTER = 6
"""Failures in a row, with growing pauses between, after which a feed is taken for dead."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """``kind`` is a stable word (``config/kibana/README.md``), ``subject`` the run, feed or URL that it is about."""

    kind: str
    subject: str
    detail: str
    since: datetime | None

    @property
    def id(self) -> str:
        """32 hex digits."""
        parts = (self.kind, self.subject, self.since.isoformat() if self.since else "")
        return sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Stories that have not reached the index: how many, the oldest's time, and what the index said of one."""

    stories: int = 0
    since: datetime | None = None
    problem: str | None = None


def alarms(
    report: RunReport,
    waiting: Waiting,
    feeds: Sequence[FeedSource],
    states: Mapping[str, FeedState],
    now: datetime,
) -> tuple[Alarm, ...]:
    """All that holds at the end of a round, at ``now``."""
    return (
        *_unbalanced(report),
        *_backlog(waiting, report.now),
        *(alarm for feed in feeds for alarm in _feed(feed, states.get(feed.id), now)),
        *(
            Alarm(problem.kind, problem.url or "", problem.detail, None)
            for problem in report.problems
            if problem.kind == "refused_by_index"
        ),
    )


def _unbalanced(report: RunReport) -> Iterator[Alarm]:
    if not report.balanced:
        outcomes = sum(report.entries[outcome] for outcome in OUTCOMES)
        yield Alarm(
            "unbalanced_round", report.run_id, f"{report.entries['seen']} entries, {outcomes} outcomes", report.now
        )


def _backlog(waiting: Waiting, begun_at: datetime) -> Iterator[Alarm]:
    """What a round leaves behind the next one mostly sends; what was left to this one and still waits is trouble."""
    if waiting.since is not None and waiting.since < begun_at:
        why = f": {waiting.problem}" if waiting.problem else ""
        noun = "story waits" if waiting.stories == 1 else "stories wait"
        yield Alarm("backlog", "index", f"{waiting.stories} {noun} for the index{why}", waiting.since)


def _feed(feed: FeedSource, state: FeedState | None, now: datetime) -> Iterator[Alarm]:
    status = feed_status(feed, state, now)
    if state is None or status not in LOUD:
        return
    if status == "silent":
        yield Alarm("feed_silent", feed.id, "answers, but brings nothing new", state.last_new_at)
    else:
        kind = "dead" if status == "failing" and state.failures >= DEAD_AFTER else status
        yield Alarm(f"feed_{kind}", feed.id, state.last_problem or "", state.last_success_at)
