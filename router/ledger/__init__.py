"""The ledger: contacts, cases, events, content, notices, outbox and parked, in SQLite or PostgreSQL.

tables   the schema
record   one batch, one transaction: lock, look up, consider, write (`Ledger.decide`)
outgoing what leaves: notices that are due, the outbox, what was published
lookup   what people and programs ask of it: cases, timelines, traces, the balance
tokens   how principals are known over the network
erasure  the contents of a case go, its events stay; `rebuild` folds the projections anew
"""

from router.ledger import tokens

__all__ = ["tokens"]
"""The table of the tokens belongs to the schema, whoever imports what of this folder."""
