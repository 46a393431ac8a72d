"""How many entries each fetch brought, hosts that want to be left alone, and pages to look at again."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("fetches", sa.Column("new", sa.Integer(), server_default="0", nullable=False))
    op.create_table(
        "hosts",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("rests_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_hosts")),
    )
    op.create_index(op.f("ix_hosts_rests_until"), "hosts", ["rests_until"], unique=False)
    op.create_table(
        "corrections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("feed_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )
    op.create_index(op.f("ix_corrections_at"), "corrections", ["at"], unique=False)
    op.create_index("ix_corrections_feed_id_at", "corrections", ["feed_id", "at"], unique=False)
    op.create_table(
        "rechecks",
        sa.Column("entry_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("feed_id", sa.String(length=64), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_rechecks")),
    )
    op.create_index(op.f("ix_rechecks_due_at"), "rechecks", ["due_at"], unique=False)
