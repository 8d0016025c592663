"""Until when something is remembered; and by which letters that were sent long ago are found."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column, empty for what is remembered for ever, and two indexes."""
    op.add_column("cursors", sa.Column("until", sa.Float(), nullable=True))
    op.create_index("cursors_until", "cursors", ["until"], unique=False)
    op.create_index("sends_begun", "sends", ["begun_at"], unique=False)
