"""Canaries are found among the contacts of years."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_CANARIES = sa.text("disposition = 'canary'")


def upgrade() -> None:
    """One index, of their rows only."""
    op.create_index(
        "contacts_canaries",
        "contacts",
        ["disposition", "received_at"],
        unique=False,
        sqlite_where=_CANARIES,
        postgresql_where=_CANARIES,
    )
