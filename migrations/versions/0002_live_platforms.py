"""Where a platform's client left off, when Ander was taken out of a channel, and why somebody is invited"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Where a platform's client left off, when Ander was taken out of a channel, and why somebody is invited"""
    op.create_table(
        "bookmarks",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_bookmarks")),
    )
    op.add_column("invitations", sa.Column("occasion", sa.String(), nullable=False, server_default="question"))
    op.add_column("channels", sa.Column("removed_at", sa.BigInteger(), nullable=True))
    op.add_column("channels", sa.Column("recall_from", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """There is no way back but a backup: what a migration drops cannot be made up again."""
    raise NotImplementedError("put back the backup you made before upgrading")
