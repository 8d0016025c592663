"""Reports: a brand's month in counts, from the events of its cases (L-03 L-16 W-26 W-27 W-28 K-24 A-06).

    month      a month in the brand's time zone
    story      what a report needs to know of one case; `telling` makes it of its events
    tally      stories -> the counts and times of a month; `people` finds what came again
    figures    a tally -> the figures of the report
    reporting  a month and the one before it, in one pass over the stories
    model      what a report says; its JSON
    sections   a report as titled tables in words, which the terminal and the page show
    terminal   on a terminal
    sheet      as CSV, one number a line
    page       as one HTML page with charts, which needs nothing but itself
    due        which reports are to be issued

How it is counted
-----------------
1. **A case counts in the month in which it was received**: when the customer first reached the company (`contact_at`),
   in the brand's time zone. Every step counts in the month in which it was done: an answer in the month in which it was
   given, a closing, an extension, an acknowledgement alike. So a slow answer is in the report of its own month, and
   nothing falls between two reports.
2. **A clock counts in the month in which it was decided**: when it was met, or when it ran out, whichever came first.
   What ran out stays late, also when it was met or extended later (R-9); only a breach that was withdrawn, because an
   earlier fact became known, is none. The policy's word, the law's and our own targets are kept apart.
3. A letter that came back was not sent (R-8): it counts as no acknowledgement, answer or extension.
4. A complaint that a person found to be none is counted as `set_aside` and nowhere else; a contact on a channel that
   the policy refuses as `redirected`. Promises that had run out before stay.
5. Outcome and cause are those known when the report is made. A report that is issued is not written again; one that is
   asked for later may know more, and so may the column of the month before.
6. Repeats are found by the hashes of addresses that the ledger keeps; after an erasure a case has none.
7. No names, addresses or words; handlers do not appear. What is no code (a blank, an at sign, over 64 characters) in
   the place of a code is counted as `unlisted`.

Everything here is pure: the events come from router/ledger/lookup/monthly.py, the time is handed in.
"""

from router.reports.due import due
from router.reports.model import Figures, Report
from router.reports.month import Month
from router.reports.page import page
from router.reports.people import AGAIN
from router.reports.reporting import Asked, report
from router.reports.sheet import sheet
from router.reports.story import Story
from router.reports.tally import Tally
from router.reports.telling import TOLD, tell
from router.reports.terminal import show

__all__ = [
    "AGAIN",
    "TOLD",
    "Asked",
    "Figures",
    "Month",
    "Report",
    "Story",
    "Tally",
    "due",
    "page",
    "report",
    "sheet",
    "show",
    "tell",
]
