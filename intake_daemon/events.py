"""What happened to a case: frozen facts, append-only, numbered per case without gaps.

Rules
-----
1. An event holds ids, codes, times and amounts, never a name, an address or a word that a person wrote: those are
   content, which an event names by id and which can be erased while the event stays.
2. `time` is the time of the fact and may be earlier than its predecessor's; order by `sequence`.
3. Every type is a class in `TYPES`; its fields are its public data (`intake schema events`, docs/events.md). Within
   `.v1` fields are only added; what is read and not known is ignored.
4. On the wire an event is a CloudEvent 1.0 in structured JSON (`cloud_event`); see standards CE-01 to CE-07 in
   docs/events.md for why structured, and why nothing personal stands in an attribute.
"""

from __future__ import annotations

import json
import uuid
from typing import Any, ClassVar

from pydantic import AwareDatetime, Field

from intake_daemon.message import Value, utc

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
_NAMESPACE = uuid.UUID("0b6b5c63-5b6e-5b0f-8f6e-5d1a3c9e7a42")


class Fact(Value):
    """The data of one type of event. `type_` is its public name, the routing key is `<brand>.<type_>`."""

    type_: ClassVar[str]


class ContactStored(Fact):
    """A contact was stored: a case begins with it."""

    type_ = "contact.stored"
    message: str
    channel: str
    connector: str
    received_at: AwareDatetime
    contact_at: AwareDatetime
    attachments: int = 0


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


class ContactJoined(Fact):
    """A further contact belongs to the case (R-12)."""

    type_ = "contact.joined"
    message: str
    channel: str
    received_at: AwareDatetime
    by: str
    """`token`, `message_id` or `reference`: what tied it."""
    verified: bool
    """False: joined on a valid token, but from an address that the case does not know; nothing is sent there."""
    staff: bool = False
    attachments: int = 0


class ContactRevised(Fact):
    """The sender edited an earlier message; the first text is kept."""

    type_ = "contact.revised"
    message: str
    revision_of: str


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


class NoticeReleased(Fact):
    """A notice was rendered and handed to its connector's queue."""

    type_ = "notice.released"
    notice: str
    purpose: str
    connector: str
    language: str
    staff: bool = False


class AcknowledgementSent(Fact):
    """The acknowledgement was handed over to the next system (W-07 A-13). Withdrawn when it bounces (R-8)."""

    type_ = "acknowledgement.sent"
    notice: str
    connector: str
    language: str


class NoticeDelivered(Fact):
    """The receiving system says that the notice arrived."""

    type_ = "notice.delivered"
    notice: str
    purpose: str


class NoticeFailed(Fact):
    """A notice did not reach its recipient (R-8)."""

    type_ = "notice.failed"
    notice: str
    purpose: str
    code: str
    withdraws: str | None = None
    """Id of the `….sent` event that is taken back."""


class NoticeUnknown(Fact):
    """Perhaps sent: the answer of the next system was lost."""

    type_ = "notice.unknown"
    notice: str
    purpose: str
    code: str


class AcknowledgementWithheld(Fact):
    """No acknowledgement goes out, or not by itself, and why: `no_address`, `no_way_to_send`,
    `imported`, `old_contact`, `breaker`, `brake`."""

    type_ = "acknowledgement.withheld"
    reason: str


class CaseLinked(Fact):
    """Another case may concern the same matter; a person decides."""

    type_ = "case.linked"
    reference: str
    reason: str


class NoteAdded(Fact):
    """A note of staff; its words are content."""

    type_ = "note.added"
    content: str
    by: str


class CaseErased(Fact):
    """The contents of the case are gone; events, dates and contact ids stay."""

    type_ = "case.erased"
    by: str


TYPES: dict[str, type[Fact]] = {
    fact.type_: fact
    for fact in (
        ContactStored,
        ComplaintReceived,
        ContactJoined,
        ContactRevised,
        TopicSet,
        HandlerAssigned,
        NoticeReleased,
        AcknowledgementSent,
        NoticeDelivered,
        NoticeFailed,
        NoticeUnknown,
        AcknowledgementWithheld,
        CaseLinked,
        NoteAdded,
        CaseErased,
    )
}


class Event(Value):
    """One fact about one case, in its place."""

    id: str
    case: str
    reference: str
    brand: str
    sequence: int
    """1, 2, 3 … per case, no gaps."""
    type: str
    time: AwareDatetime
    """When it happened."""
    recorded_at: AwareDatetime
    """When the router wrote it down."""
    actor: str
    """`customer`, `daemon`, or the id of a principal."""
    data: dict[str, Any] = Field(default_factory=dict)

    @property
    def fact(self) -> Fact:
        """The typed data. Raises KeyError for a type of a newer version."""
        return TYPES[self.type].model_validate(self.data)


def event_id(case: str, sequence: int) -> str:
    """The id of a case's n-th event: the same however often it is computed or published again."""
    return str(uuid.uuid5(_NAMESPACE, f"{case}/{sequence}"))


def cloud_event(event: Event, installation: str) -> dict[str, Any]:
    """The public form: CloudEvents 1.0, `subject` the reference, `dataref` where the content is fetched."""
    return {
        "specversion": "1.0",
        "id": event.id,
        "source": f"/{installation}/{event.brand}",
        "type": f"{event.type}.v1",
        "subject": event.reference,
        "time": utc(event.time),
        "sequence": f"{event.sequence:010d}",
        "datacontenttype": "application/json",
        "dataclassification": "confidential",
        "dataref": f"/api/v1/cases/{event.reference}/events/{event.sequence}",
        "data": event.data,
    }


def encoded(event: Event, installation: str) -> bytes:
    """The CloudEvent as it travels: one line of UTF-8 JSON."""
    return json.dumps(cloud_event(event, installation), ensure_ascii=False, separators=(",", ":")).encode()
