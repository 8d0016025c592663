"""The words we send: one text file per language and purpose in config/notices/, checked before the first letter.

    purposes  what letters there are, the names that each may use, which policy needs it
    letters   templates, plural forms, lines and moments; `render`
    days      a day as it stands after "by" in each language
    words     words.yaml and pages.yaml of each language
    samples   values with which every letter is tried
    checks    every letter rendered for every brand and language before anybody gets one

Rules
-----
1. A letter is rendered from the record by names that are listed per purpose. To a customer none of them can hold what a
   customer typed: a stranger's address in a form would make the letter a weapon.
2. A letter says only what its policy says (R-11): `says` is the policy's `acknowledge.contains`, and a date is a fault
   where the policy has no clock for it.
3. Templates run in a sandbox, undefined names are errors, nothing is escaped: letters are plain text.
4. Notice texts are not versioned: today's apply to every case.
"""

from router.notices.checks import check_notices
from router.notices.letters import Notices, load_notices
from router.notices.purposes import CUSTOMER, LETTERS, PURPOSES, SHORT
from router.notices.segments import MOST, segments

__all__ = ["CUSTOMER", "LETTERS", "MOST", "PURPOSES", "SHORT", "Notices", "check_notices", "load_notices", "segments"]
