"""Blocks that return on several pages of one site, and what was known of them when a version was told."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "site_blocks",
        sa.Column("site", sa.String(length=255), nullable=False),
        sa.Column("stories", sa.Integer(), nullable=False),
        sa.Column("lines", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_site_blocks")),
    )
    op.create_table(
        "site_snapshots",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("site", sa.String(length=255), nullable=False),
        sa.Column("lines", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_snapshots")),
    )
    op.create_index(op.f("ix_site_snapshots_site"), "site_snapshots", ["site"], unique=False)
    op.add_column("versions", sa.Column("site_snapshot", sa.String(length=32), nullable=True))
    op.create_index(op.f("ix_versions_site_snapshot"), "versions", ["site_snapshot"], unique=False)
