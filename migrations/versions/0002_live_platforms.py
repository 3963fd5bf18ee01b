"""Live platforms: where clients left off, stays in channels, why somebody is invited, linked accounts"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Live platforms: where clients left off, stays in channels, why somebody is invited, linked accounts"""
    op.create_table(
        "bookmarks",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_bookmarks")),
    )
    op.add_column("invitations", sa.Column("occasion", sa.String(), nullable=False, server_default="question"))
    op.create_table(
        "link_codes",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_link_codes")),
    )
    op.create_index(op.f("ix_link_codes_person"), "link_codes", ["person"], unique=False)
    op.create_table(
        "tellings",
        sa.Column("question_channel", sa.String(), nullable=False),
        sa.Column("question_id", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("question_channel", "question_id", "person", name=op.f("pk_tellings")),
    )
    op.create_index(op.f("ix_tellings_person"), "tellings", ["person"], unique=False)
    op.add_column("people", sa.Column("main", sa.String(), nullable=True))
    op.create_index(op.f("ix_people_main"), "people", ["main"], unique=False)
    op.add_column("messages", sa.Column("edited_at", sa.BigInteger(), nullable=True))
    op.add_column("early_edits", sa.Column("at", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("channels", sa.Column("removed_at", sa.BigInteger(), nullable=True))
    op.add_column("channels", sa.Column("recall_from", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """There is no way back but a backup: what a migration drops cannot be made up again."""
    raise NotImplementedError("put back the backup you made before upgrading")
