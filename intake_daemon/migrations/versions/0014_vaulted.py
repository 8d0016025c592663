"""When an object was put into the vault's table."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column; empty for what was put before, and for what a process of before puts."""
    op.add_column("vault", sa.Column("put_at", sa.Float(), nullable=True))
