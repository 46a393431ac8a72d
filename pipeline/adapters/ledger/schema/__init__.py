"""The ledger's tables: the system of record, of which the search index is a projection.

Every entry ever seen is one row of ``entries`` in exactly one state. A row of ``outbox`` stands for a story whose
newest revision has not reached the index. Times are UTC.
"""

from pipeline.adapters.ledger.schema.columns import metadata
from pipeline.adapters.ledger.schema.news import (
    entries,
    site_blocks,
    site_snapshots,
    stories,
    story_bands,
    story_signatures,
    story_urls,
    versions,
)
from pipeline.adapters.ledger.schema.polling import (
    corrections,
    feeds,
    fetches,
    host_slots,
    hosts,
    leases,
    rechecks,
    robots,
)
from pipeline.adapters.ledger.schema.rounds import (
    alarms,
    deliveries,
    marks,
    outbox,
    runs,
)

VERSION = "0006"  # the newest migration; a test holds it against the migrations folder

__all__ = [
    "VERSION",
    "alarms",
    "corrections",
    "deliveries",
    "entries",
    "feeds",
    "fetches",
    "host_slots",
    "hosts",
    "leases",
    "marks",
    "metadata",
    "outbox",
    "rechecks",
    "robots",
    "runs",
    "site_blocks",
    "site_snapshots",
    "stories",
    "story_bands",
    "story_signatures",
    "story_urls",
    "versions",
]
