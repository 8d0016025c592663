"""What contacts are recognised by when nothing ties them: hashes, for suggested links."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table. Contacts from before are not suggested."""
    op.create_table(
        "signs",
        sa.Column("sign", sa.Text, primary_key=True),
        sa.Column("contact", sa.Text, primary_key=True),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
    )
    op.create_index("signs_contact", "signs", ["contact"], unique=False)
    op.create_index("signs_case", "signs", ["case_id"], unique=False)
    op.create_index("signs_since", "signs", ["sign", "at"], unique=False)
