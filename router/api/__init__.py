"""HTTP for case systems, staff and the `intake` command: `/api/v1/…` on the internal listener and the unix socket.

    GET  /api/v1/status                         how it stands: parts, queues, what waits, the balance
    GET  /api/v1/balance, /api/v1/balance/{end} by door and day; one of its numbers as a list
    GET  /api/v1/reconcile                      what sources have and we do not hold; POST /api/v1/reconcile/bring
    GET  /api/v1/cases                          ?state= ?handler= ?open= ?limit=
    GET  /api/v1/cases/{reference}              the case, its course, its notices; the words for who may read them
    GET  /api/v1/cases/{reference}/events/{n}   one event and the content that it names; 410 after an erasure
    POST /api/v1/cases/{reference}/commands     {"command", "data"?, "expects"?, "id"?}, also If-Match, Idempotency-Key
    GET  /api/v1/events                         ?after=<position> ?limit=: the feed
    POST /api/v1/events/replay                  {"queue", "after"?}: a piece of the feed again, to one queue
    GET  /api/v1/trace                          ?query=: each step from the door to the letter
    GET  /api/v1/reports/{brand}                ?month=2026-11: a brand's month in counts
    GET  /api/v1/asides, /api/v1/asides/{id}    what was set aside
    POST /api/v1/asides/{id}/back               it is a complaint after all
    GET  /api/v1/tasks, /api/v1/tasks/{id}      what must be done outside
    GET  /api/v1/parked, /api/v1/parked/{id}    what waits for a person
    POST /api/v1/parked/{id}/retry              back to where it came from
    POST /api/v1/contacts                       one mail, as an import
    POST /api/v1/explain                        what would be done with one mail; nothing is
    POST /api/v1/ledger/rebuild                 ?after=: a piece of the projections, made anew
    GET  /api/v1/tokens                         tokens without their secrets
    POST /api/v1/tokens                         {"principal", "days"?}: shown once; on the unix socket only
    POST /api/v1/tokens/{id}/revoke             nobody's from now on
    GET  /docs, /docs/openapi.json              all this, for people and for programs

table     these routes, with what OpenAPI says of them
routes    what each does
openapi   the document
reports   a brand's month
due       what is due on a case, when, why, under which clause
office    what they work with
who       the caller, and what they may see
strangers wrong tokens, counted
answers   JSON and problems

Rules
-----
1. The `intake` command runs these same functions, through the socket or, when no daemon runs, without it.
2. Every reading of words, every refusal to somebody who is no reader, and every trace is written into `reads` before
   the answer leaves.
3. Whatever is not done is a problem (RFC 9457): also an address that is not there, and a fault of ours.
"""

from router.api.answers import Refusal
from router.api.office import Office
from router.api.openapi import openapi
from router.api.routes import routes
from router.api.table import Described, described

__all__ = ["Described", "Office", "Refusal", "described", "openapi", "routes"]
