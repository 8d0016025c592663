"""The tables of the memory. They stand in the ledger's database, under its one history of migrations."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()
cursors = sa.Table(
    "cursors",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("until", sa.Float),
    sa.Index("cursors_until", "until"),
)
leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("until", sa.Float, nullable=False),
)
sends = sa.Table(
    "sends",
    metadata,
    sa.Column("notice", sa.Text, primary_key=True),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("begun_at", sa.Float, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("doubts", sa.Integer, nullable=False),
    sa.Column("receipt", sa.Text),
    sa.Index("sends_begun", "begun_at"),
)
conversations = sa.Table(
    "conversations",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("last", sa.Integer, nullable=False),
    sa.Column("spoke_at", sa.Float, nullable=False),
    sa.Column("reachable", sa.Boolean, nullable=False),
    sa.Index("conversations_spoke", "spoke_at"),
)
chat_lines = sa.Table(
    "chat_lines",
    metadata,
    sa.Column("conversation", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("line", sa.Text, nullable=False),
    sa.Column("ours", sa.Boolean, nullable=False),
    sa.Column("person", sa.Boolean, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("files", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("seen_at", sa.Float),
    sa.Column("left", sa.Boolean, nullable=False),
    sa.UniqueConstraint("conversation", "ours", "line"),
    sa.Index("chat_lines_line", "line"),
    sa.Index("chat_lines_message", "message"),
)
"""`left`: the process that handed it over waits no more; who is told that it was seen reports it. Erased with the case
of their `message`, or of the notice that is our `line`."""
