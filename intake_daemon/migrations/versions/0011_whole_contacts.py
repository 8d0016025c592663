"""Which contact a further part belongs to; and since when nothing was added to what somebody said in one go."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two columns. What was said before today is kept from today on."""
    op.add_column("contacts", sa.Column("part_of", sa.Text(), nullable=True))
    op.add_column("gatherings", sa.Column("at", sa.Float(), nullable=False, server_default="0"))
    if op.get_bind().dialect.name == "sqlite":
        op.execute("UPDATE gatherings SET at = strftime('%s', 'now')")
    else:
        op.execute("UPDATE gatherings SET at = extract(epoch FROM now())")
    op.create_index("gatherings_at", "gatherings", ["at"], unique=False)
