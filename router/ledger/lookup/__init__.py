"""What people and programs ask of the ledger. Everything here only reads.

    cases      the list, one case with its timeline and notices, the content of one event
    tracing    a query (address, Message-ID, reference, day …) to each step from the door to the letter
    standing   what waits at each step, and the balance of each door
    feed       events in the order in which they left
    monthly    a brand's month, as a report
    parking    what is parked, and the letter of one row
    waiting    what lies aside, and open tasks
    missing    which items of a source, and which vault objects, belong to no contact
    trying     what the desk would do with a message, nothing written

Rules
-----
1. Each function takes a connection and gives plain JSON values: times as RFC 3339 text in UTC, ids, codes, counts.
2. Words of people come out of `cases.content`, `parking.letter` and `waiting.words` only. Who asks for them is
   checked and audited by the caller (router/api).
3. An address or a Message-ID that somebody looks for is hashed before the database sees it, with the keys that the
   routing uses.
"""

from router.ledger.lookup import cases, feed, missing, monthly, parking, standing, tracing, trying, waiting

__all__ = ["cases", "feed", "missing", "monthly", "parking", "standing", "tracing", "trying", "waiting"]
