"""Signatures of texts, by which copies are found that are not equal."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "story_signatures",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("story_id", sa.String(length=32), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name=op.f("fk_story_signatures_story_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_story_signatures")),
        sa.UniqueConstraint("story_id", name=op.f("uq_story_signatures_story_id")),
    )
    op.create_index(op.f("ix_story_signatures_first_seen_at"), "story_signatures", ["first_seen_at"], unique=False)
    op.create_table(
        "story_bands",
        sa.Column("band", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("band", "number", name=op.f("pk_story_bands")),
        sqlite_with_rowid=False,
    )
