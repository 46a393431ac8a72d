"""What is known of each feed: validators, next poll, failures (``feed_state.FeedState``), and robots.txt files."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import Connection, delete, select

from pipeline.adapters.ledger.schema import feeds, robots
from pipeline.adapters.ledger.upsert import upsert
from pipeline.model import RobotsFile
from pipeline.stages.feed_state import FeedState

_state = TypeAdapter(FeedState)


def states(connection: Connection) -> dict[str, FeedState]:
    """The state of every feed ever polled, by feed id."""
    rows = connection.execute(select(feeds.c.feed_id, feeds.c.state))
    return {row.feed_id: _state.validate_python(row.state) for row in rows}


def save_state(connection: Connection, state: FeedState) -> None:
    save_states(connection, [state])


def save_states(connection: Connection, states: Sequence[FeedState]) -> None:
    """Write the states of any number of feeds."""
    rows = [
        {
            "feed_id": state.feed_id,
            "state": _state.dump_python(state, mode="json", exclude_defaults=True),
            "next_due_at": state.next_due_at,
        }
        for state in states
    ]
    upsert(connection, feeds, rows)


def robots_file(connection: Connection, origin: str) -> RobotsFile | None:
    row = connection.execute(select(robots).where(robots.c.origin == origin)).first()
    return RobotsFile(row.origin, row.at, row.status, row.body) if row else None


def save_robots(connection: Connection, files: list[RobotsFile]) -> None:
    upsert(connection, robots, [{"origin": f.origin, "at": f.at, "status": f.status, "body": f.body} for f in files])


def forget_robots(connection: Connection, before: datetime) -> None:
    """Drop files that were read before then; they are believed for a day."""
    connection.execute(delete(robots).where(robots.c.at < before))
