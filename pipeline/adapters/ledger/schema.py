"""The ledger's tables: the system of record, of which the search index is a projection.

Every entry ever seen is one row of ``entries`` in exactly one state. A row of ``outbox`` stands for a story whose
newest revision has not reached the index. Times are UTC.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Double,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class Utc(TypeDecorator[datetime]):
    """Aware UTC in the program; SQLite keeps no zone, so it is taken off going in and put back coming out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot go into the ledger")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Plain(TypeDecorator[str]):
    """Text without what databases refuse: NUL characters (PostgreSQL) and lone surrogates (both)."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return value.replace("\0", "").encode("utf-8", "replace").decode()


VERSION = "0006"  # the newest migration; a test holds it against the migrations folder

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _column(name: str, kind: Any, *constraints: ForeignKey, **options: Any) -> Column[Any]:
    return Column(name, kind, *constraints, nullable=False, **options)


feeds = Table(
    "feeds",
    metadata,
    Column("feed_id", String(64), primary_key=True),
    _column("state", JSON),  # stages.schedule.FeedState, field by field
    Column("next_due_at", Utc, index=True),  # repeated outside the JSON, for people with an SQL prompt
)

entries = Table(
    "entries",
    metadata,
    Column("id", Integer, primary_key=True),
    _column("feed_id", String(64)),
    _column("key", Plain),
    Column("url", Plain),
    Column("url_id", String(32), index=True),  # identify.story_id of its canonical URL
    Column("story_id", String(32), index=True),
    _column("state", String(8)),
    Column("reason", Plain),
    _column("attempts", Integer, default=0),
    Column("retry_at", Utc),
    _column("item", JSON),  # model.Entry as last stated by the feed
    _column("digest", String(64)),
    _column("first_seen_at", Utc),
    _column("last_seen_at", Utc),
    Column("sighted_run", String(40), index=True),
    Column("sighted_outcome", String(9)),
    Column("tried_run", String(40), index=True),
    Column("tried_outcome", String(9)),
    UniqueConstraint("feed_id", "key"),
    Index("ix_entries_state_retry_at", "state", "retry_at"),
)

stories = Table(
    "stories",
    metadata,
    Column("id", String(32), primary_key=True),
    _column("url", Plain),
    _column("title", Plain),
    _column("text", Plain),
    _column("summary", Plain),
    _column("authors", JSON),
    Column("language", String(32)),
    _column("sources", JSON),
    Column("published_at", Utc),
    _column("first_seen_at", Utc),
    _column("updated_at", Utc),
    _column("version", Integer),
    _column("revision", Integer),
    _column("content_source", String(4)),
    _column("cluster_id", String(32), index=True),
    Column("copy_of", String(32)),
    _column("topics", JSON),
    Column("text_digest", String(64), index=True),
    _column("rules_digest", String(64)),
    _column("revised_run", String(40), index=True),
)

story_urls = Table(
    "story_urls",
    metadata,
    Column("url_id", String(32), primary_key=True),  # identify.story_id of a canonical URL that leads to the story
    _column("story_id", String(32)),
)

story_signatures = Table(
    "story_signatures",
    metadata,
    Column("number", Integer, primary_key=True),  # in the order of arrival
    _column("story_id", String(32), ForeignKey("stories.id"), unique=True),
    _column("first_seen_at", Utc, index=True),
    _column("signature", LargeBinary),  # stages.fold.Signature, packed
)

story_bands = Table(
    "story_bands",
    metadata,
    Column("band", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),  # of story_signatures
    sqlite_with_rowid=False,
)

versions = Table(
    "versions",
    metadata,
    Column("story_id", String(32), ForeignKey("stories.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    _column("at", Utc),
    _column("title", Plain),
    _column("text", Plain),
    _column("content_source", String(4)),
    _column("removed", JSON),
    _column("rules_digest", String(64)),
    Column("fetch_id", Integer),
    Column("site_snapshot", String(32), index=True),  # what was known of the page's site: site_snapshots.id
)

site_blocks = Table(
    "site_blocks",
    metadata,
    Column("site", String(255), primary_key=True),
    _column("stories", Integer),
    _column("lines", LargeBinary),  # stages.clean.site_lines.SiteLines, packed
    _column("updated_at", Utc),
)

site_snapshots = Table(
    "site_snapshots",
    metadata,
    Column("id", String(32), primary_key=True),  # stages.clean.repeats.Familiar.id
    _column("site", String(255), index=True),
    _column("lines", LargeBinary),
    _column("kept_at", Utc),
)

outbox = Table(
    "outbox",
    metadata,
    Column("story_id", String(32), ForeignKey("stories.id"), primary_key=True),
    _column("revision", Integer),
    _column("queued_at", Utc),
    _column("attempts", Integer, default=0),
    Column("problem", Plain),
    _column("dead", Boolean, default=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("story_id", String(32), ForeignKey("stories.id"), primary_key=True),
    _column("revision", Integer),
    _column("indexed_at", Utc),
)

runs = Table(
    "runs",
    metadata,
    Column("id", String(40), primary_key=True),
    _column("now", Utc),
    _column("fixed_clock", Boolean),
    _column("started_at", Utc, index=True),
    Column("ended_at", Utc),
    _column("feeds_known", Integer),
    _column("feeds_due", Integer),
    _column("seconds", Float, default=0.0),
    _column("indexed", Integer, default=0),
    Column("report", JSON),
)

fetches = Table(
    "fetches",
    metadata,
    Column("id", Integer, primary_key=True),
    _column("run_id", String(40), index=True),
    _column("kind", String(6)),
    Column("feed_id", String(64), index=True),
    Column("entry_id", Integer, index=True),
    _column("url", Plain),
    _column("at", Utc, index=True),
    Column("status", Integer),
    _column("bytes", Integer),
    _column("milliseconds", Integer),
    _column("outcome", String(32)),
    Column("detail", Plain),
    Column("retry_at", Utc),
    Column("file", Plain),
    Column("offset", Integer),
    _column("seen", Integer, default=0),
    _column("new", Integer, default=0, server_default="0"),  # of the entries seen, those never seen before
    _column("settled", JSON, default=dict),  # outcomes decided while recording: {"unchanged": 24, "rejected": 1}
)

hosts = Table(
    "hosts",
    metadata,
    Column("host", Plain, primary_key=True),
    _column("rests_until", Utc, index=True),  # it answered 429 with Retry-After
)

corrections = Table(
    "corrections",
    metadata,
    Column("id", Integer, primary_key=True),
    _column("feed_id", String(64)),
    _column("at", Utc, index=True),  # the page of a story of this feed had another text than before
    Index("ix_corrections_feed_id_at", "feed_id", "at"),
)

rechecks = Table(
    "rechecks",
    metadata,
    Column("entry_id", Integer, primary_key=True, autoincrement=False),
    _column("feed_id", String(64)),
    _column("first_seen_at", Utc),
    _column("number", Integer),
    _column("due_at", Utc, index=True),
)

robots = Table(
    "robots",
    metadata,
    Column("origin", Plain, primary_key=True),
    _column("at", Utc),
    _column("status", Integer),
    _column("body", LargeBinary),
)

# Moments of these two tables are seconds since 1970 by the database's clock, which all machines share.
leases = Table(
    "leases",
    metadata,
    Column("name", String(64), primary_key=True),
    _column("holder", Text),
    _column("until", Double),
)

host_slots = Table(
    "host_slots",
    metadata,
    Column("host", Plain, primary_key=True),
    _column("holder", Text),  # whose request is under way
    _column("busy_until", Double),  # the request has ended by then, whatever became of its holder
    _column("last_at", Double),  # when the latest request began or ended
    _column("gap", Double),  # seconds that the site's robots.txt asks for
    _column("gap_until", Double),  # how long that is believed
)

alarms = Table(
    "alarms",
    metadata,
    Column("id", String(32), primary_key=True),
    _column("kind", String(32)),
    _column("subject", Plain),
    _column("detail", Plain),
    Column("since", Utc),
    _column("raised_at", Utc),
    Column("cleared_at", Utc, index=True),  # missing while the trouble lasts
    _column("told", Boolean),  # the webhook has heard of its present state
)

marks = Table(
    "marks",
    metadata,
    Column("name", String(32), primary_key=True),
    _column("value", JSON),  # what a crash may leave half done, and what is needed to end it
)
