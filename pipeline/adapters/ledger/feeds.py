"""What is known of each feed: validators, next poll, failures (``stages.schedule.FeedState``), and robots.txt files."""

from pydantic import TypeAdapter
from sqlalchemy import Connection, select

from pipeline.adapters.ledger.schema import feeds, robots
from pipeline.adapters.ledger.upsert import upsert
from pipeline.model import RobotsFile
from pipeline.stages.schedule import FeedState

_state = TypeAdapter(FeedState)


def states(connection: Connection) -> dict[str, FeedState]:
    """The state of every feed ever polled, by feed id."""
    rows = connection.execute(select(feeds.c.feed_id, feeds.c.state))
    return {row.feed_id: _state.validate_python(row.state) for row in rows}


def save_state(connection: Connection, state: FeedState) -> None:
    value = _state.dump_python(state, mode="json")
    upsert(connection, feeds, [{"feed_id": state.feed_id, "state": value, "next_due_at": state.next_due_at}])


def robots_file(connection: Connection, origin: str) -> RobotsFile | None:
    row = connection.execute(select(robots).where(robots.c.origin == origin)).first()
    return RobotsFile(row.origin, row.at, row.status, row.body) if row else None


def save_robots(connection: Connection, files: list[RobotsFile]) -> None:
    upsert(connection, robots, [{"origin": f.origin, "at": f.at, "status": f.status, "body": f.body} for f in files])
