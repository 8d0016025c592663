"""What happened in a month is found without looking at every event (reports)."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One index."""
    op.create_index("events_told", "events", ["brand", "type", "time", "case_id"], unique=False)
