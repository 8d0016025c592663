"""The course of a complaint: received, accepted, worked on, answered, closed."""

from __future__ import annotations

from pydantic import AwareDatetime, Field

from intake_daemon.events.fact import Fact


class ComplaintReceived(Fact):
    """A complaint was received: the policy's clocks run from `contact_at` (L-08 W-04 K-02)."""

    type_ = "complaint.received"
    message: str
    channel: str
    topic: str
    language: str
    received_at: AwareDatetime
    contact_at: AwareDatetime
    attachments: int = 0
    policy: str
    """Hash of the policy that governs the case for ever (R-10)."""
    missing: tuple[str, ...] = ()
    """Codes of the fields that the customer will be asked for."""
    danger: bool = False
    forwarded: bool = False
    staff_named: tuple[str, ...] = ()
    """Ids of the handlers whom the complaint names: none of them gets it (L-09 A-07 K-22)."""
    traits: dict[str, str] = Field(default_factory=dict)
    """What laws ask about the customer, as far as it is known: `customer`, `customer_country`, `trader_directs_to`."""
    special: str | None = None
    """`health`: a special category of data (W-31)."""
    unless: str = ""
    """Why it is taken on a channel that the policy refuses: `data_protection`, `safety`, `cannot_write`; `nowhere_else`
    where the policy names no other way (A-12)."""


class ComplaintContinued(Fact):
    """More of the same contact came, and the complaint is more, or something else, than its first part said."""

    type_ = "complaint.continued"
    message: str
    """The part that came."""
    contact_at: AwareDatetime
    """When the customer first reached the company, by all parts: the clocks run from then."""
    language: str
    """In which the customer is written to, heard over all parts."""
    missing: tuple[str, ...] = ()
    """Codes of the fields that are still not there."""
    danger: bool = False
    """Whether any part says that somebody is in danger."""
    staff_named: tuple[str, ...] = ()
    """Ids of the handlers whom any part names."""


class ComplaintAccepted(Fact):
    """A person accepted it for review (K-20)."""

    type_ = "complaint.accepted"
    by: str


class ComplaintResolvedAtOnce(Fact):
    """Solved in the first contact, and the customer agrees; recorded and acknowledged all the same (K-11)."""

    type_ = "complaint.resolved_at_once"
    by: str
    content: str
    """What was done."""
    agreed_at: AwareDatetime


class ComplaintWithdrawn(Fact):
    """The customer takes it back. `message`: the contact that says so; `by`: the person who recorded it."""

    type_ = "complaint.withdrawn"
    by: str
    message: str | None = None


class TriageRecorded(Fact):
    """The initial review (K-13), at receipt by rule and later by a person."""

    type_ = "triage.recorded"
    severity: str
    """`low`, `normal`, `high`."""
    urgency: str
    """`low`, `normal`, `high`."""
    by: str
    traits: dict[str, str] = Field(default_factory=dict)
    """What the review found about the customer, for the laws (`customer_country: PL`)."""


class TopicSet(Fact):
    """What the complaint is about, in the policy's list, and by which rule."""

    type_ = "topic.set"
    topic: str
    before: str | None = None
    rule: str


class HandlerAssigned(Fact):
    """Who works on the case (L-04 W-10 K-22)."""

    type_ = "handler.assigned"
    handler: str
    """Id of the handler in handlers.yaml, or of the team's manager."""
    team: str
    reason: str
    before: str | None = None


class ReviewerAssigned(Fact):
    """Who looks at it in the second stage; never the first stage's handler (W-19 W-20 A-16)."""

    type_ = "reviewer.assigned"
    handler: str
    team: str
    role: str
    """The policy's role that they have."""


class ConsultationOpened(Fact):
    """Somebody outside the case was asked; they got only the chosen fields (W-11)."""

    type_ = "consultation.opened"
    consultation: str
    whom: str
    """`supplier`, `warehouse`, `laboratory`, or a team's id."""
    fields: tuple[str, ...] = ()
    """Which fields they were shown."""


class ConsultationClosed(Fact):
    """They answered, or nobody waits for it any more."""

    type_ = "consultation.closed"
    consultation: str
    answered: bool


class InformationRequested(Fact):
    """The customer was asked for something; no clock waits for it (R-5)."""

    type_ = "information.requested"
    asked: tuple[str, ...]
    """Codes of fields, or `words` for a question that a person wrote."""
    by: str


class InformationReceived(Fact):
    """An answer to it came."""

    type_ = "information.received"
    message: str


class CauseRecorded(Fact):
    """What brought it about (A-01)."""

    type_ = "cause.recorded"
    cause: str
    """A code of the company's own list."""
    by: str
    content: str | None = None


class ActionRecorded(Fact):
    """Something was done about it; append-only (L-15)."""

    type_ = "action.recorded"
    content: str
    by: str
    corrects: str | None = None
    """Content id of the entry that this one corrects; the old one stays."""


class ReviewCompleted(Fact):
    """The complaint was considered and its findings recorded (K-22)."""

    type_ = "review.completed"
    by: str
    content: str


class StepDone(Fact):
    """A step of the policy's list that has no event of its own (K-25)."""

    type_ = "step.done"
    step: str
    by: str


class NoteAdded(Fact):
    """A note of staff; its words are content."""

    type_ = "note.added"
    content: str
    by: str
