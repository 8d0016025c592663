"""HTTP for case systems, staff and the `intake` command: `/api/v1/…` on the internal listener and the unix socket.

    GET  /api/v1/status                         how it stands: parts, queues, what waits, the balance
    GET  /api/v1/cases                          ?state= ?handler= ?open= ?limit=
    GET  /api/v1/cases/{reference}              the case, its timeline, its notices; the words for who may read them
    GET  /api/v1/cases/{reference}/events/{n}   one event and the content that it names; 410 after an erasure
    POST /api/v1/cases/{reference}/commands     {"command", "data"?, "expects"?, "id"?}, also If-Match
    GET  /api/v1/events                         ?after=<position> ?limit=: the feed
    POST /api/v1/events/replay                  {"queue", "after"?}: a piece of the feed again, to one queue
    GET  /api/v1/trace                          ?query=: each step from the door to the letter
    GET  /api/v1/parked, /api/v1/parked/{id}    what waits for a person
    POST /api/v1/parked/{id}/retry              back to where it came from
    POST /api/v1/contacts                       one mail, as an import
    POST /api/v1/explain                        what would be done with one mail; nothing is
    POST /api/v1/ledger/rebuild                 ?after=: a piece of the projections, made anew

table     these routes, with what OpenAPI says of them
routes    what each does
office    what they work with
who       the caller, and what they may see
answers   JSON and problems

Rules
-----
1. The `intake` command runs these same functions, through the socket or, when no daemon runs, without it.
2. Every reading of words and every trace is written into `reads` before the answer leaves.
"""

from router.api.answers import Refusal
from router.api.office import Office
from router.api.routes import routes
from router.api.table import Described, described

__all__ = ["Described", "Office", "Refusal", "described", "routes"]
