"""Reading mail: pure functions over bytes, used by smtp, imap and `intake parse`.

    structure       the tree of parts              header      fields, encoded words, parameters
    charset         bytes to text                  identity    which mail it is
    addresses       who, to whom, answer where     authentication   whether From is proven
    text, html      what the letter says           files       what came with it
    lines           where each stands              heads       what clients write above another's words:
    attributions    "… wrote:"                     blocks      "From: … Sent: …"
    quotes          which words are new            footers     what stands below a letter and is none of it
    forwards        whose complaint is passed on
    archives        what a file holds in which others lie
    automatic       whether a machine wrote it     threads     what it belongs to
    drafting        all of it put together: `parse`
    signatures      whether the sender's domain signed it; asked by the doors, beforehand

Rules
1. But for `signatures`: no I/O, no clock, no settings but `Reading`; of ours only contract, message and errors are
   imported.
2. Any bytes give exactly one Draft; what had to be repaired or left out is a remark.
3. The customer's words are never deleted from `text`, and when it is in doubt whose they are, they are new.
4. Time and memory are bounded by the length of the mail, whatever it holds.
"""

from __future__ import annotations

from connectors.email.drafting import parse
from connectors.email.settings import Reading, SpamMark, spam_mark

__all__ = ["Reading", "SpamMark", "parse", "spam_mark"]
