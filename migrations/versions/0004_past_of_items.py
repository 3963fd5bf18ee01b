"""What was said where who comes later may not look back; and no more newest message of each channel"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was said where who comes later may not look back; and no more newest message of each channel"""
    for table in ("messages", "items"):
        op.add_column(table, sa.Column("past_closed", sa.Boolean(), nullable=False, server_default=sa.false()))
        # until now a channel was closed as a whole, for ever: nothing of it opens by this
        op.execute(
            f"UPDATE {table} SET past_closed = (SELECT past_closed FROM channels WHERE id = {table}.channel) "  # noqa: S608
            "WHERE channel IN (SELECT id FROM channels WHERE past_closed)"
        )
    op.drop_table("watermarks")  # nobody read it: each platform's client keeps its own place


def downgrade() -> None:
    """There is no way back but a backup: what a migration drops cannot be made up again."""
    raise NotImplementedError("put back the backup you made before upgrading")
