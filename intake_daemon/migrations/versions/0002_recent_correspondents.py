"""Recent cases of a correspondent are found without looking at all the others (the breaker)."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One index."""
    op.create_index("correspondents_since", "correspondents", ["correspondent", "since"], unique=False)
