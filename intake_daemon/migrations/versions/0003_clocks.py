"""Clocks of open cases, and how far each router process has read: what the tick goes by."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two tables."""
    op.create_table(
        "clocks",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("law", sa.Text(), nullable=False),
        sa.Column("clock", sa.Text(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("due", sa.Float(), nullable=True),
        sa.Column("wakes", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "law", "clock", "cycle"),
    )
    op.create_index("clocks_wake", "clocks", ["wakes"], unique=False)
    op.create_index("clocks_due", "clocks", ["brand", "due"], unique=False)
    op.create_table(
        "progress",
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("known", sa.Float(), nullable=False),
        sa.Column("open_since", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("holder", "queue"),
    )
