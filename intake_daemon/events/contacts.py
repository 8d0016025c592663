"""What happened at the doors: contacts, what ties them, and who asks how it stands."""

from __future__ import annotations

from pydantic import AwareDatetime

from intake_daemon.events.fact import Fact


class ContactStored(Fact):
    """A contact was stored: a case begins with it."""

    type_ = "contact.stored"
    message: str
    channel: str
    connector: str
    received_at: AwareDatetime
    contact_at: AwareDatetime
    attachments: int = 0


class ContactJoined(Fact):
    """A further contact belongs to the case (R-12)."""

    type_ = "contact.joined"
    message: str
    channel: str
    received_at: AwareDatetime
    by: str
    """`token`, `message_id` or `reference`: what tied it; `conversation`; `part`, of what was said in one go."""
    verified: bool
    """False: joined on a valid token, but from an address that the case does not know; nothing is sent there."""
    staff: bool = False
    attachments: int = 0
    part: bool = False
    """A further part of a contact that the case has (an album, a call, a line of a conversation), and no other one."""
    merges: int = 0
    """How many other contacts of the case turn out to be parts of the same one: it came late, and fills their gap."""


class ContactRevised(Fact):
    """The sender edited an earlier message; the first text is kept."""

    type_ = "contact.revised"
    message: str
    revision_of: str


class ContactMoved(Fact):
    """A contact of this case was given to another one by a person (`part`), or came from there."""

    type_ = "contact.moved"
    message: str
    other: str
    """Reference of the other case."""
    away: bool
    """True in the case that it left."""
    parts: tuple[str, ...] = ()
    """Further parts of it (lines that were said in one go), which go with it."""
    attachments: int = 0
    """Files that came with all of it."""


class ContactParted(Fact):
    """A complaint in a contact of this case began a case of its own (`part`)."""

    type_ = "contact.parted"
    message: str
    other: str
    """Reference of the new case."""
    contact: str
    """Id of the contact that the new case begins with: the same one, which left this case, or a copy of it."""
    parts: tuple[str, ...] = ()
    """Further parts of it that left, too."""
    attachments: int = 0
    """Files that left with it."""


class ContactRedirected(Fact):
    """The channel is not accepted (A-12): the customer was told where, no clock runs."""

    type_ = "contact.redirected"
    message: str
    channel: str


class ContactSetAside(Fact):
    """A person said that it is no complaint; reversible, and turned back it counts from its first receipt."""

    type_ = "contact.set_aside"
    reason: str
    by: str


class StaffFirstContact(Fact):
    """An employee was told first; passing it on is measured from then (L-07)."""

    type_ = "staff.first_contact"
    message: str
    contact_at: AwareDatetime
    received_at: AwareDatetime


class SenderVerified(Fact):
    """An address belongs to the customer of this case, and how we know."""

    type_ = "sender.verified"
    message: str
    """The contact whose address it is."""
    by: str
    """`code`, `person`, `reply`."""


class StatusAsked(Fact):
    """Somebody asked how it stands (K-19)."""

    type_ = "status.asked"
    message: str
    verified: bool


class StatusTold(Fact):
    """The answer left."""

    type_ = "status.told"
    notice: str
    connector: str
    language: str


class FileReleased(Fact):
    """A person let a file out of quarantine: who may read the case gets it from now on."""

    type_ = "file.released"
    file: str
    """Its id in the vault."""
    message: str
    """The contact that it came with."""
    by: str


class CaseLinked(Fact):
    """Another case may concern the same matter; a person decides."""

    type_ = "case.linked"
    reference: str
    reason: str
    """`quoted_by_a_stranger`, or what is alike: `same_message_id`, `same_words`, `similar_words`, `same_order`,
    `same_name`, `same_sender`; a person's own code otherwise."""
    score: int | None = None
    """How likely it is, in hundredths, where the daemon suggests it."""
