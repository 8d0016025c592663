"""One fact about one case in its place, and its public form."""

from __future__ import annotations

import json
import uuid
from typing import Any

from pydantic import AwareDatetime, Field

from intake_daemon.events.clocks import (
    ClockBreached,
    ClockBreachWithdrawn,
    ClockMoved,
    ClockStarted,
    ClockStopped,
    ClockWarned,
)
from intake_daemon.events.contacts import (
    CaseLinked,
    ContactJoined,
    ContactMoved,
    ContactParted,
    ContactRedirected,
    ContactRevised,
    ContactSetAside,
    ContactStored,
    FileReleased,
    SenderVerified,
    StaffFirstContact,
    StatusAsked,
    StatusTold,
)
from intake_daemon.events.course import (
    ActionRecorded,
    CauseRecorded,
    ComplaintAccepted,
    ComplaintContinued,
    ComplaintReceived,
    ComplaintResolvedAtOnce,
    ComplaintWithdrawn,
    ConsultationClosed,
    ConsultationOpened,
    HandlerAssigned,
    InformationReceived,
    InformationRequested,
    NoteAdded,
    ReviewCompleted,
    ReviewerAssigned,
    StepDone,
    TopicSet,
    TriageRecorded,
)
from intake_daemon.events.ending import (
    CaseClosed,
    CaseErased,
    CaseReopened,
    ConductFlagged,
    DeadlockDeclared,
    EscalationNoted,
    EscalationRequested,
    ExternalDecided,
    ExternalReferred,
    HelpDeclined,
    ImprovementRecorded,
    OutcomeDeemed,
    ResultAccepted,
    RightsRequestAnswered,
    RightsRequestFound,
    SurveyAnswered,
    SurveyDue,
    TaskDone,
    TaskOpened,
)
from intake_daemon.events.fact import Fact
from intake_daemon.events.notices import (
    AcknowledgementSent,
    AcknowledgementWithheld,
    AdrLetterSent,
    EscalationAcknowledgementSent,
    ExtensionTold,
    HoldingSent,
    NoticeDelivered,
    NoticeFailed,
    NoticeHeld,
    NoticeReleased,
    NoticeUnknown,
    ProgressSent,
    ResultSent,
)
from intake_daemon.message import Value, utc

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
_NAMESPACE = uuid.UUID("0b6b5c63-5b6e-5b0f-8f6e-5d1a3c9e7a42")

TYPES: dict[str, type[Fact]] = {
    fact.type_: fact
    for fact in (
        ContactStored,
        ContactJoined,
        ContactRevised,
        ContactMoved,
        ContactParted,
        ContactRedirected,
        ContactSetAside,
        StaffFirstContact,
        SenderVerified,
        StatusAsked,
        StatusTold,
        CaseLinked,
        FileReleased,
        ComplaintReceived,
        ComplaintContinued,
        ComplaintAccepted,
        ComplaintResolvedAtOnce,
        ComplaintWithdrawn,
        TriageRecorded,
        TopicSet,
        HandlerAssigned,
        ReviewerAssigned,
        ConsultationOpened,
        ConsultationClosed,
        InformationRequested,
        InformationReceived,
        CauseRecorded,
        ActionRecorded,
        ReviewCompleted,
        StepDone,
        EscalationRequested,
        EscalationNoted,
        DeadlockDeclared,
        ExternalReferred,
        ExternalDecided,
        RightsRequestFound,
        RightsRequestAnswered,
        ConductFlagged,
        HelpDeclined,
        OutcomeDeemed,
        ResultAccepted,
        ImprovementRecorded,
        TaskOpened,
        TaskDone,
        NoteAdded,
        CaseClosed,
        CaseReopened,
        CaseErased,
        SurveyDue,
        SurveyAnswered,
        NoticeReleased,
        NoticeHeld,
        AcknowledgementSent,
        ProgressSent,
        ExtensionTold,
        HoldingSent,
        ResultSent,
        EscalationAcknowledgementSent,
        AdrLetterSent,
        NoticeDelivered,
        NoticeFailed,
        NoticeUnknown,
        AcknowledgementWithheld,
        ClockStarted,
        ClockMoved,
        ClockStopped,
        ClockWarned,
        ClockBreached,
        ClockBreachWithdrawn,
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
