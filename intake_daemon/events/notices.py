"""What became of our letters. `….sent` exists only after the next system has taken it, and is withdrawn by a bounce."""

from __future__ import annotations

from datetime import date

from pydantic import AwareDatetime, Field

from intake_daemon.events.fact import Fact


class Sent(Fact):
    """A letter was handed over to the next system. `printed`: the dates that it carried, by clock id; they bind."""

    type_ = ""
    notice: str
    connector: str
    language: str
    printed: dict[str, date] = Field(default_factory=dict)


class NoticeReleased(Fact):
    """A notice was rendered and handed to its connector's queue."""

    type_ = "notice.released"
    notice: str
    purpose: str
    connector: str
    language: str
    staff: bool = False


class NoticeHeld(Fact):
    """A notice waits for a person: `old_contact`, `imported`, `breaker`, `brake`, `named_address`."""

    type_ = "notice.held"
    notice: str
    purpose: str
    reason: str


class AcknowledgementSent(Sent):
    """The acknowledgement was handed over to the next system (W-07 A-13). Withdrawn when it bounces (R-8)."""

    type_ = "acknowledgement.sent"


class ProgressSent(Sent):
    """News that a person wrote or approved (L-13 A-14 K-23)."""

    type_ = "progress.sent"


class ExtensionTold(Sent):
    """The customer was told of a new date: from now on it holds (R-6 W-25 K-16)."""

    type_ = "extension.told"
    clock: str
    due: date
    before: AwareDatetime | None = None
    """When it was due before."""
    reason: str = ""
    """A code of the policy's reasons."""


class HoldingSent(Sent):
    """A promise was missed, and the customer was told how it stands."""

    type_ = "holding.sent"
    clock: str = ""


class ResultSent(Sent):
    """The answer: decision, reasons, what was done, what comes next (L-12 W-12 W-15 A-15 K-17)."""

    type_ = "result.sent"
    stage: int = 1
    outcome: str = ""
    """`upheld`, `partly_upheld`, `not_upheld`."""
    oral: bool = False
    """Given orally, by agreement (K-18); then `notice` names the written record."""


class EscalationAcknowledgementSent(Sent):
    """The second stage was acknowledged (W-24)."""

    type_ = "escalation_acknowledgement.sent"


class AdrLetterSent(Sent):
    """The customer was told of the outside body that decides for them (GB-02)."""

    type_ = "adr_letter.sent"


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
    `imported`, `old_contact`, `breaker`, `brake`, `named_address`, `restored` (perhaps sent before a restore)."""

    type_ = "acknowledgement.withheld"
    reason: str
