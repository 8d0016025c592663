"""What somebody wants from us, by rules and word lists: escalation, status, a right, or nothing that is a complaint.

finding   the kinds, what the desk knows of the contact (Context), one Finding
hearing   a text heard in several languages: which patterns of config/words stand where
greeting  whether somebody has said hello and nothing else yet
judging   what follows: what denies, what makes sure, what keeps a contact from being set aside

Obligations
-----------
1. Doubt counts as complaint (L-11, R-7, AT-L13). A contact in which one sign of a complaint stands, in whatever
   language, is never found `withdrawal`, `thanks` or `ordinary`: these three are not even found unsurely then.
2. Pure and bounded: no text raises, LOOKED_AT code points are looked at.
3. A reason is the pattern of ours that was found, never the customer's words: it may stand in logs and events.
4. Every finding can be corrected by a person; none of them ends a case.
"""

from router.recognise.finding import Context, Finding, Kind
from router.recognise.greeting import greets
from router.recognise.judging import recognise

__all__ = ["Context", "Finding", "Kind", "greets", "recognise"]
