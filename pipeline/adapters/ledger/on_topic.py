"""The stories of a round that carry a topic."""

from sqlalchemy import Connection, or_, select

from pipeline.adapters.ledger.schema import runs, stories
from pipeline.adapters.ledger.stories import load_many
from pipeline.model import Story

CHUNK = 500


def on_topic_heads(connection: Connection, run_id: str) -> tuple[Story, ...]:
    """Those that ``run_id`` changed last and that are no copies, in no certain order; the others are not read whole.

    A round that broke off has told nobody of its stories: they are among them.
    """
    unended = select(runs.c.id).where(runs.c.ended_at.is_(None))
    of_round = or_(stories.c.revised_run == run_id, stories.c.revised_run.in_(unended))
    rows = connection.execute(select(stories.c.id, stories.c.topics).where(of_round, stories.c.copy_of.is_(None)))
    ids = [row.id for row in rows if any(topic["tagged"] for topic in row.topics)]
    chunks = (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))
    return tuple(story for chunk in chunks for story in load_many(connection, chunk).values())
