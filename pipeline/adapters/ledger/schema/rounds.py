"""Rounds, what they have still to deliver, and what they tell an operator."""

from sqlalchemy import JSON, Boolean, Column, Float, ForeignKey, Integer, String, Table

from pipeline.adapters.ledger.schema.columns import Plain, Utc, column, metadata

runs = Table(
    "runs",
    metadata,
    Column("id", String(40), primary_key=True),
    column("now", Utc),
    column("fixed_clock", Boolean),
    column("started_at", Utc, index=True),
    Column("ended_at", Utc),
    column("feeds_known", Integer),
    column("feeds_due", Integer),
    column("seconds", Float, default=0.0),
    column("indexed", Integer, default=0),
    Column("report", JSON),
)

outbox = Table(
    "outbox",
    metadata,
    Column("story_id", String(32), ForeignKey("stories.id"), primary_key=True),
    column("revision", Integer),
    column("queued_at", Utc),
    column("attempts", Integer, default=0),
    Column("problem", Plain),
    column("dead", Boolean, default=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("story_id", String(32), ForeignKey("stories.id"), primary_key=True),
    column("revision", Integer),
    column("indexed_at", Utc),
)

alarms = Table(
    "alarms",
    metadata,
    Column("id", String(32), primary_key=True),
    column("kind", String(32)),
    column("subject", Plain),
    column("detail", Plain),
    Column("since", Utc),
    column("raised_at", Utc),
    Column("cleared_at", Utc, index=True),  # missing while the trouble lasts
    column("told", Boolean),  # the webhook has heard of its present state
)

marks = Table(
    "marks",
    metadata,
    Column("name", String(32), primary_key=True),
    column("value", JSON),  # what a crash may leave half done, and what is needed to end it
)
