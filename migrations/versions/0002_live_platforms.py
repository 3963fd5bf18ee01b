"""Where a live platform's client left off, and when Ander was taken out of a channel"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Where a live platform's client left off, and when Ander was taken out of a channel"""
    op.create_table(
        "bookmarks",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_bookmarks")),
    )
    op.add_column("channels", sa.Column("removed_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """There is no way back but a backup: what a migration drops cannot be made up again."""
    raise NotImplementedError("put back the backup you made before upgrading")
