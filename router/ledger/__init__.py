"""The ledger: contacts, cases, events, content, notices, outbox and parked, in SQLite or PostgreSQL.

tables   the schema
record   one batch, one transaction: lock, look up, consider, write (`Ledger.decide`)
outgoing what leaves: notices that are due, the outbox, what was published
lookup   what people and programs ask of it: cases, timelines, traces, the balance
erasure  the contents of a case go, its events stay; `rebuild` folds the projections anew
"""
