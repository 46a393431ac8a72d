"""What is known of feeds and sites, every request, and whose turn it is."""

from sqlalchemy import JSON, Column, Double, Index, Integer, LargeBinary, String, Table, Text

from pipeline.adapters.ledger.schema.columns import Plain, Utc, column, metadata

feeds = Table(
    "feeds",
    metadata,
    Column("feed_id", String(64), primary_key=True),
    column("state", JSON),  # stages.feed_state.FeedState, field by field
    Column("next_due_at", Utc, index=True),  # repeated outside the JSON, for people with an SQL prompt
)

fetches = Table(
    "fetches",
    metadata,
    Column("id", Integer, primary_key=True),
    column("run_id", String(40), index=True),
    column("kind", String(6)),
    Column("feed_id", String(64), index=True),
    Column("entry_id", Integer, index=True),
    column("url", Plain),
    column("at", Utc, index=True),
    Column("status", Integer),
    column("bytes", Integer),
    column("milliseconds", Integer),
    column("outcome", String(32)),
    Column("detail", Plain),
    Column("retry_at", Utc),
    Column("file", Plain),
    Column("offset", Integer),
    column("seen", Integer, default=0),
    column("new", Integer, default=0, server_default="0"),  # of the entries seen, those never seen before
    column("settled", JSON, default=dict),  # outcomes decided while recording: {"unchanged": 24, "rejected": 1}
)

corrections = Table(
    "corrections",
    metadata,
    Column("id", Integer, primary_key=True),
    column("feed_id", String(64)),
    column("at", Utc, index=True),  # the page of a story of this feed had another text than before
    Index("ix_corrections_feed_id_at", "feed_id", "at"),
)

rechecks = Table(
    "rechecks",
    metadata,
    Column("entry_id", Integer, primary_key=True, autoincrement=False),
    column("feed_id", String(64)),
    column("first_seen_at", Utc),
    column("number", Integer),
    column("due_at", Utc, index=True),
)

robots = Table(
    "robots",
    metadata,
    Column("origin", Plain, primary_key=True),
    column("at", Utc),
    column("status", Integer),
    column("body", LargeBinary),
)

hosts = Table(
    "hosts",
    metadata,
    Column("host", Plain, primary_key=True),
    column("rests_until", Utc, index=True),  # it answered 429 with Retry-After
)

# Moments of these two tables are seconds since 1970 by the database's clock, which all machines share.
leases = Table(
    "leases",
    metadata,
    Column("name", String(64), primary_key=True),
    column("holder", Text),
    column("until", Double),
)

host_slots = Table(
    "host_slots",
    metadata,
    Column("host", Plain, primary_key=True),
    column("holder", Text),  # whose request is under way
    column("busy_until", Double),  # the request has ended by then, whatever became of its holder
    column("last_at", Double),  # when the latest request began or ended
    column("gap", Double),  # seconds that the site's robots.txt asks for
    column("gap_until", Double),  # how long that is believed
)
