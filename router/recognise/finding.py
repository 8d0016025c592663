"""The kinds of finding, what must be known of the contact, and one finding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Kind = Literal[
    "danger",
    "rights_request",
    "data_protection",
    "abuse",
    "cannot_write",
    "escalation",
    "appeal",
    "dissatisfaction",
    "withdrawal",
    "status",
    "answer",
    "thanks",
    "ordinary",
    "complaint",
]
"""In the order in which they are told.

danger           fire, injury, illness, threats to one's own life: a person must see it at once
rights_request   GDPR articles 15 to 22; `detail` says access, erasure or other (GDPR-01, AT-X15)
data_protection  their data got where they should not be (A-11, GB-03); sure when they say what was done
abuse            insults and threats against us: a flag for a person and nothing else (A-05)
cannot_write     somebody who cannot write or use a form: ASK4's exception (A-12, AT-A15)
escalation       the request that somebody higher decides: the one element of Welzo's stage 2 (W-17)
appeal           the request that a decision is changed or taken anew (A-16); it is a request like escalation
dissatisfaction  the other element: with our answer, or after it with the matter; sure only after an answer
withdrawal       the complaint is taken back; unsure when it is asked and not said
status           what about my complaint? Sure when nothing that sounds like a complaint stands beside it: an unsure
                 one is told the status and read as an addition, too
answer           to what we asked; only where we asked
thanks           thanks and nothing else; unsure when words remain that say nothing known
ordinary         no complaint: `detail` says order, praise, application, invoice or advertising; unsure where the
                 contact belongs to a case or brings files that may say more
complaint        signs of a complaint; sure when there are two, or when they call it so
"""

Detail = Literal["", "access", "erasure", "other", "order", "praise", "application", "invoice", "advertising"]


@dataclass(frozen=True)
class Context:
    """What the desk knows of a contact beside its words."""

    asked: frozenset[str] = frozenset()
    """Fields of the policy's `ask` that we asked for and that are still missing."""
    case: bool = False
    """It belongs to a case."""
    answered: bool = False
    """That case was answered, or is closed."""
    files: int = 0
    """Files that came with it."""


class Finding(NamedTuple):
    """One thing that a contact is found to want."""

    kind: Kind
    reason: str
    """The rule: language and pattern, `en: withdraw .. <complaint>`. Nothing of the customer's."""
    sure: bool
    detail: Detail = ""
