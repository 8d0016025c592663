"""What the events say of one case."""

from __future__ import annotations

import json
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, ValidationError

from intake_daemon.errors import Newer
from intake_daemon.message import Value
from router.moments import Moment

State = Literal[
    "contact",
    "redirected",
    "enquiry",
    "aside",
    "received",
    "investigating",
    "answered",
    "escalated",
    "reviewing",
    "external",
    "withdrawn",
    "closed",
]
OPEN = frozenset({"received", "investigating", "answered", "escalated", "reviewing", "external"})
"""States in which somebody still has to do something."""


FORM = 1
"""The form in which this version writes a case. It is raised when something is added on which decisions depend: a
process that does not know it must not write such a case, or it would leave that out."""


class ClockMark(Value):
    """What was said of one clock: `clock.…` events, folded."""

    clock: str
    law: str = ""
    cycle: int = 1
    due: AwareDatetime | None = None
    warned: bool = False
    breaches: tuple[AwareDatetime, ...] = ()
    stopped: bool = False

    @property
    def key(self) -> tuple[str, str, int]:
        """What it is told apart by within a case."""
        return (self.law, self.clock, self.cycle)


class Task(Value):
    """What a person must still do outside."""

    id: str
    kind: str
    owner: str
    due: AwareDatetime | None = None
    content: str | None = None
    notice: str | None = None


class Case(Value):
    """One case."""

    form: Annotated[int, Field(exclude_if=lambda form: form == 1)] = 1
    """Raised to `FORM` by whoever writes it."""
    id: str
    reference: str
    brand: str
    sequence: int = 0
    state: State = "contact"
    contact: str
    """Id of the message that it began with."""
    answers_to: str = ""
    """Id of the message whose sender is written to: the customer's latest from an address that we know."""
    contacts: int = 1
    channel: str = ""
    connector: str = ""
    opened_at: AwareDatetime
    received_at: AwareDatetime | None = None
    """The complaint's date: when the customer first reached the company (`contact_at`)."""
    policy: str | None = None
    topic: str = ""
    language: str = ""
    danger: bool = False
    attachments: int = 0
    missing: tuple[str, ...] = ()
    traits: dict[str, str] = Field(default_factory=dict)
    special: str | None = None
    links: tuple[str, ...] = ()
    parted: tuple[str, ...] = ()
    """Ids of the contacts with which cases of their own began out of this one."""
    released: tuple[str, ...] = ()
    """Vault ids of files that a person let out of quarantine."""
    notes: int = 0
    erased: bool = False

    # who
    handler: str | None = None
    team: str | None = None
    assigned_for: str = ""
    """Why this handler: a code."""
    handlers: tuple[str, ...] = ()
    """Everybody who had it, the latest last."""
    first_handler: str | None = None
    """Whose answer is being looked at again; never the second stage's reviewer."""
    staff_named: tuple[str, ...] = ()
    """Handlers whom the complaint names; they neither own nor read it."""
    flagged: bool = False

    # the course
    stage: int = 1
    acknowledged_at: AwareDatetime | None = None
    acknowledged_by: str | None = None
    """The event that says so; by it, it is taken back."""
    withheld: str | None = None
    accepted_at: AwareDatetime | None = None
    reviewed_at: AwareDatetime | None = None
    receipted_at: AwareDatetime | None = None
    """When an addition was last thanked for."""
    answered_at: AwareDatetime | None = None
    answered_by: str | None = None
    answer: str = ""
    """Id of the letter in which it was last answered."""
    answers: int = 0
    outcome: str = ""
    closed_at: AwareDatetime | None = None
    surveyed: bool = False
    """The customer was asked how it was."""
    elements: tuple[str, ...] = ()
    """What was said towards an escalation that has not begun: `dissatisfaction`, `request`."""
    severity: str = ""
    urgency: str = ""
    causes: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    """Content ids of what was done about it."""
    steps: tuple[str, ...] = ()
    """Steps of the policy's list that are done, in order."""
    improvements: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    """What the customer was asked for and has not answered."""
    consultations: tuple[str, ...] = ()
    """Those that are open."""
    tasks: tuple[Task, ...] = ()
    """Those that are open."""
    body: str = ""
    """The outside body that has it."""

    # time
    moments: tuple[Moment, ...] = ()
    clocks: tuple[ClockMark, ...] = ()

    @property
    def open(self) -> bool:
        """Whether somebody still has to do something about it."""
        return self.state in OPEN

    @property
    def complaint(self) -> bool:
        """Whether it ever was a complaint, or is not known not to be one."""
        return self.state not in {"contact", "redirected", "enquiry", "aside"}


def known(body: str) -> Case:
    """A case as the ledger keeps it, for who will write it. Raises Newer when a newer version wrote it."""
    try:
        case = Case.model_validate_json(body)
    except ValidationError:
        if int(json.loads(body).get("form", 1)) > FORM:
            raise Newer("case") from None
        raise
    if case.form > FORM:
        raise Newer("case")
    return case
