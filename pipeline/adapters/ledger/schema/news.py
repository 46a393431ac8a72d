"""Entries, the stories they became, and what stories are told with."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
)

from pipeline.adapters.ledger.schema.columns import Plain, Utc, column, metadata

entries = Table(
    "entries",
    metadata,
    Column("id", Integer, primary_key=True),
    column("feed_id", String(64)),
    column("key", Plain),
    Column("url", Plain),
    Column("url_id", String(32), index=True),  # identify.story_id of its canonical URL
    Column("story_id", String(32), index=True),
    column("state", String(8)),
    Column("reason", Plain),
    column("attempts", Integer, default=0),
    Column("retry_at", Utc),
    column("item", JSON),  # model.Entry as last stated by the feed
    column("digest", String(64)),
    column("first_seen_at", Utc),
    column("last_seen_at", Utc),
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
    column("url", Plain),
    column("title", Plain),
    column("text", Plain),
    column("summary", Plain),
    column("authors", JSON),
    Column("language", String(32)),
    column("sources", JSON),
    Column("published_at", Utc),
    column("first_seen_at", Utc),
    column("updated_at", Utc),
    column("version", Integer),
    column("revision", Integer),
    column("content_source", String(4)),
    column("cluster_id", String(32), index=True),
    Column("copy_of", String(32)),
    column("topics", JSON),
    Column("text_digest", String(64), index=True),
    column("rules_digest", String(64)),
    column("revised_run", String(40), index=True),
)

story_urls = Table(
    "story_urls",
    metadata,
    Column("url_id", String(32), primary_key=True),  # identify.story_id of a canonical URL that leads to the story
    column("story_id", String(32)),
)

story_signatures = Table(
    "story_signatures",
    metadata,
    Column("number", Integer, primary_key=True),  # in the order of arrival
    column("story_id", String(32), ForeignKey("stories.id"), unique=True),
    column("first_seen_at", Utc, index=True),
    column("signature", LargeBinary),  # stages.fold.Signature, packed
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
    column("at", Utc),
    column("title", Plain),
    column("text", Plain),
    column("content_source", String(4)),
    column("removed", JSON),
    column("rules_digest", String(64)),
    Column("fetch_id", Integer),
    Column("site_snapshot", String(32), index=True),  # what was known of the page's site: site_snapshots.id
)

site_blocks = Table(
    "site_blocks",
    metadata,
    Column("site", String(255), primary_key=True),
    column("stories", Integer),
    column("lines", LargeBinary),  # stages.clean.site_lines.SiteLines, packed
    column("updated_at", Utc),
)

site_snapshots = Table(
    "site_snapshots",
    metadata,
    Column("id", String(32), primary_key=True),  # stages.clean.repeats.Familiar.id
    column("site", String(255), index=True),
    column("lines", LargeBinary),
    column("kept_at", Utc),
)
