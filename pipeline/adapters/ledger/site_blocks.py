"""What is remembered of the lines of each site, and the knowledge that versions of stories were told with."""

import struct
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, exists, select

from pipeline.adapters.ledger.schema import site_blocks, site_snapshots, versions
from pipeline.adapters.ledger.upsert import upsert
from pipeline.stages.clean import NOTHING_FAMILIAR, Familiar
from pipeline.stages.clean.site_lines import SiteLines

UNUSED_FOR = timedelta(days=1)
"""Knowledge that no version was told with is dropped after this time, when the site's next one comes."""
_RECORD = struct.Struct(">QB")


def load(connection: Connection, site: str) -> SiteLines:
    """The counts of a site; empty ones for a site that is new."""
    row = connection.execute(select(site_blocks).where(site_blocks.c.site == site)).first()
    return SiteLines.unpack(row.stories, row.lines) if row else SiteLines()


def save(connection: Connection, site: str, lines: SiteLines, now: datetime) -> None:
    """Write the counts, inside the transaction that read them."""
    row = {"site": site, "stories": lines.stories, "lines": lines.pack(), "updated_at": now}
    upsert(connection, site_blocks, [row])


def keep_snapshot(connection: Connection, site: str, familiar: Familiar, now: datetime) -> None:
    """Keep the knowledge under its id, so that a version that names it can be told again."""
    if familiar.id is None:
        return
    told = exists().where(versions.c.site_snapshot == site_snapshots.c.id)
    of_site = (site_snapshots.c.site == site) & (site_snapshots.c.kept_at < now - UNUSED_FOR)
    connection.execute(delete(site_snapshots).where(of_site, site_snapshots.c.id != familiar.id, ~told))
    packed = b"".join(_RECORD.pack(key, use) for key, use in sorted(familiar.uses.items()))
    upsert(connection, site_snapshots, [{"id": familiar.id, "site": site, "lines": packed, "kept_at": now}])


def snapshot(connection: Connection, snapshot_id: str | None) -> Familiar:
    """The knowledge behind an id; none where it is unknown."""
    if snapshot_id is None:
        return NOTHING_FAMILIAR
    packed = connection.execute(select(site_snapshots.c.lines).where(site_snapshots.c.id == snapshot_id)).scalar()
    return Familiar(dict(_RECORD.iter_unpack(packed))) if packed else NOTHING_FAMILIAR
