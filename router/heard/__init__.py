"""What a contact's own words mean for its case: what the customer wants besides that somebody reads it. Pure.

    opening   a contact that belongs to no case: a complaint, or surely none; how it stands; a channel that is not taken
    joining   a contact that belongs to one: an answer, an escalation, how it stands, thanks, a right of theirs
    stages    whether the next stage opens, and who looks at it then

Rules
-----
1. Doubt counts as complaint: only what is surely something else becomes something else, and a person can turn it back
   (L-11 R-7 AT-X22). Nothing here ends a case.
2. Each finding stands in the Turn with its reason; each effect is an event or a notice that is owed.
3. Who is not known gets no details: an own small case, and how to be known (K-19 AT-K18).
"""

from router.heard.joining import joining
from router.heard.opening import besides, excepted, only_asks, opening, taken

__all__ = ["besides", "excepted", "joining", "only_asks", "opening", "taken"]
