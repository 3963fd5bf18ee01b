"""Which channels are encrypted or closed to those who look back, and the spaces they belong to"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Which channels are encrypted or closed to those who look back, and the spaces they belong to"""
    op.add_column("channels", sa.Column("encrypted", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("channels", sa.Column("past_closed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("channels", sa.Column("spaces", sa.String(), nullable=False, server_default="[]"))


def downgrade() -> None:
    """There is no way back but a backup: what a migration drops cannot be made up again."""
    raise NotImplementedError("put back the backup you made before upgrading")
