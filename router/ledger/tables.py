"""The ledger's tables, one SQLAlchemy Core schema for SQLite and PostgreSQL.

`contacts`, `events` and `content` are the record. `cases`, `aliases`, `threads`, `correspondents`, `signs` are
projections for look-ups; `cases.state` is the fold of the events (router/case.py), which `intake ledger rebuild` makes
anew.
`clocks` are those of open cases that something will happen to, a projection too; `progress` is how far each router
process has read its queues (router/ledger/ticking.py).
`notices`, `outbox`, `parked`, `attempts`, `commands` are work in progress and its traces; so are `gatherings`, what
somebody says in one go (router/turn/gathering.py), by the key of the album, the call or the conversation, until
nothing can be added any more. `contacts.part_of` is the contact that a further part belongs to. `refusals` counts what
doors refused, by the day (UTC) and the code (balance.py).

Personal data stand in `content`, in `outbox.body` and in `parked.letter` only: addresses, Message-IDs and provider ids
elsewhere are keyed hashes. Times are seconds since 1970, UTC (a float compares alike in both databases); events carry
their RFC 3339 text inside `body` as published.
"""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()
_big = sa.BigInteger().with_variant(sa.Integer, "sqlite")

contacts = sa.Table(
    "contacts",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("brand", sa.Text, nullable=False),
    sa.Column("connector", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("external", sa.Text, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("received_at", sa.Float, nullable=False),
    sa.Column("contact_at", sa.Float, nullable=False),
    sa.Column("decided_at", sa.Float, nullable=False),
    sa.Column("disposition", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("case_id", sa.Text),
    sa.Column("part_of", sa.Text),
    sa.Column("seen", sa.Integer, nullable=False),
    sa.Column("raw", sa.Text, nullable=False),
    sa.Column("findings", sa.Text, nullable=False),
    sa.Column("erased", sa.Boolean, nullable=False),
    sa.Index("contacts_case", "case_id"),
    sa.Index("contacts_day", "received_at"),
    sa.Index("contacts_external", "external"),
    sa.Index("contacts_reference", "reference"),
    sa.Index(
        "contacts_canaries",
        "disposition",
        "received_at",
        sqlite_where=sa.text("disposition = 'canary'"),
        postgresql_where=sa.text("disposition = 'canary'"),
    ),
)
holdings = sa.Table(
    "holdings",
    metadata,
    sa.Column("vault", sa.Text, primary_key=True),
    sa.Column("contact", sa.Text, primary_key=True),
    sa.Index("holdings_contact", "contact"),
)
cases = sa.Table(
    "cases",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("reference", sa.Text, nullable=False, unique=True),
    sa.Column("brand", sa.Text, nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("handler", sa.Text),
    sa.Column("open", sa.Boolean, nullable=False),
    sa.Column("opened_at", sa.Float, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Index("cases_handler", "handler", "open"),
    sa.Index("cases_opened", "opened_at"),
)
events = sa.Table(
    "events",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("sequence", sa.Integer, primary_key=True),
    sa.Column("position", _big, unique=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("brand", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("time", sa.Float, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Index("events_told", "brand", "type", "time", "case_id"),
)
content = sa.Table(
    "content",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("case_id", sa.Text),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Index("content_case", "case_id"),
)
aliases = sa.Table(
    "aliases",
    metadata,
    sa.Column("reference", sa.Text, primary_key=True),
    sa.Column("case_id", sa.Text, nullable=False),
)
threads = sa.Table(
    "threads",
    metadata,
    sa.Column("thread", sa.Text, primary_key=True),
    sa.Column("case_id", sa.Text, primary_key=True),
)
gatherings = sa.Table(
    "gatherings",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Index("gatherings_at", "at"),
)
correspondents = sa.Table(
    "correspondents",
    metadata,
    sa.Column("correspondent", sa.Text, primary_key=True),
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("since", sa.Float, nullable=False),
    sa.Index("correspondents_case", "case_id"),
    sa.Index("correspondents_since", "correspondent", "since"),
)
signs = sa.Table(
    "signs",
    metadata,
    sa.Column("sign", sa.Text, primary_key=True),
    sa.Column("contact", sa.Text, primary_key=True),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Index("signs_contact", "contact"),
    sa.Index("signs_case", "case_id"),
    sa.Index("signs_since", "sign", "at"),
)
notices = sa.Table(
    "notices",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("connector", sa.Text, nullable=False),
    sa.Column("brand", sa.Text, nullable=False),
    sa.Column("recipient", sa.Text, nullable=False),
    sa.Column("staff", sa.Text),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("sent_event", sa.Text),
    sa.Column("not_before", sa.Float, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("intent", sa.Text, nullable=False),
    sa.Index("notices_case", "case_id"),
    sa.Index("notices_due", "state", "not_before"),
    sa.Index("notices_recipient", "recipient", "created_at"),
    sa.Index("notices_brand", "brand", "created_at"),
)
clocks = sa.Table(
    "clocks",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("law", sa.Text, primary_key=True),
    sa.Column("clock", sa.Text, primary_key=True),
    sa.Column("cycle", sa.Integer, primary_key=True),
    sa.Column("brand", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("basis", sa.Text, nullable=False),
    sa.Column("due", sa.Float),
    sa.Column("wakes", sa.Float, nullable=False),
    sa.Index("clocks_wake", "wakes"),
    sa.Index("clocks_due", "brand", "due"),
)
progress = sa.Table(
    "progress",
    metadata,
    sa.Column("holder", sa.Text, primary_key=True),
    sa.Column("queue", sa.Text, primary_key=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("known", sa.Float, nullable=False),
    sa.Column("open_since", sa.Float),
)
outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", _big, primary_key=True, autoincrement=True),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("sequence", sa.Integer),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("exchange", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("content_type", sa.Text, nullable=False),
    sa.Column("mandatory", sa.Boolean, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Index("outbox_case", "case_id", "id"),
)
parked = sa.Table(
    "parked",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("queue", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("since", sa.Float, nullable=False),
    sa.Column("contact", sa.Text),
    sa.Column("letter", sa.Text, nullable=False),
)
refusals = sa.Table(
    "refusals",
    metadata,
    sa.Column("day", sa.Text, primary_key=True),
    sa.Column("door", sa.Text, primary_key=True),
    sa.Column("reason", sa.Text, primary_key=True),
    sa.Column("many", sa.Integer, nullable=False),
    sa.Column("last", sa.Float, nullable=False),
)
attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("letter", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
)
commands = sa.Table(
    "commands",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("case_id", sa.Text),
    sa.Column("outcome", sa.Text, nullable=False),
)
policies = sa.Table(
    "policies",
    metadata,
    sa.Column("hash", sa.Text, primary_key=True),
    sa.Column("since", sa.Float, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)
reads = sa.Table(
    "reads",
    metadata,
    sa.Column("id", _big, primary_key=True, autoincrement=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
)
vault_erasures = sa.Table(
    "vault_erasures",
    metadata,
    sa.Column("vault", sa.Text, primary_key=True),
    sa.Column("case_id", sa.Text, nullable=False),
)
