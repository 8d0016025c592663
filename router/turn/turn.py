"""The input on its way through the stages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from intake_daemon.message import Message
from router.case import Case
from router.turn.effects import Decided, Effects
from router.turn.gathering import Gathering, whole
from router.turn.keys import Keys, Want
from router.turn.knowledge import Knowledge
from router.turn.notice import Intent


@dataclass(frozen=True)
class Turn:
    """One input on its way through the stages. What is not found yet is None or empty."""

    message: Message
    knows: Knowledge
    now: datetime
    insisted: bool = False
    """A person says that it is a complaint: nothing sets it aside."""
    gathering: Gathering | None = None
    """The contact that it is a further part of."""
    pieces: tuple[Gathering, ...] = ()
    """What that was before: several, where this part fills the gap between them."""
    lines: tuple[Message, ...] = ()
    """The parts of it that came before."""
    case: Case | None = None
    """The case that it joins."""
    tie: str = ""
    """What tied it: `token`, `message_id`, `reference`."""
    verified: bool = False
    staff: bool = False
    reporter: Message | None = None
    """The contact as it came, where an employee reports what a customer said."""
    sort: Literal["complaint", "addition", "machine", "note"] = "complaint"
    language: str = ""
    found_language: str = ""
    topic: str = ""
    topic_rule: str = ""
    danger: bool = False
    missing: tuple[str, ...] = ()
    staff_named: tuple[str, ...] = ()
    """Handlers whom the complaint names."""
    policy: str = ""
    special: str = ""
    """The special category of data that the brand's complaints hold (W-31)."""
    team: str = ""
    handler: str = ""
    handler_reason: str = ""
    links: tuple[str, ...] = ()
    alike: tuple[tuple[str, str, int], ...] = ()
    """Cases that may be about the same matter: (reference, reason, score in hundredths)."""
    wants: tuple[Want, ...] = ()
    """What the contact's own words want."""
    owed: tuple[Intent, ...] = ()
    """Notices of this input so far."""
    quiet: str = ""
    """Why nothing goes to this sender by itself: `no_address`, `imported`, `old_contact`, `breaker`, `brake`,
    `restored`."""
    silent: bool = False
    """The handler need not be told."""
    keys: Keys = Keys()
    decided: tuple[Decided, ...] = ()
    """The events of this input so far."""
    effects: Effects | None = None
    findings: tuple[str, ...] = ()
    """Each stage's findings with their reasons, in order: `understand: language lv (reliable)`. Codes only."""

    @property
    def said(self) -> Message:
        """Everything that was said in one go, this included, as one message."""
        return whole(self.message, self.lines) if self.lines else self.message

    @property
    def part(self) -> bool:
        """Whether it is a further part of the contact that brought it to its case."""
        return self.gathering is not None and self.case is not None and self.gathering.case == self.case.id

    @property
    def opening(self) -> bool:
        """Whether it is a further part of the contact with which its case began."""
        return self.part and self.gathering is not None and self.gathering.opened

    @property
    def merges(self) -> int:
        """How many contacts of its case turn out to be one with another, now that this part is there."""
        return max(0, sum(each.case is not None for each in self.pieces) - 1)

    @property
    def unseen(self) -> bool:
        """Whether it is an edit of which nothing can be seen: networks tell of them, too (TG-04)."""
        _, before = self.knows.messages.get(self.message.revision_of or "", ("", None))
        if before is None:
            return False
        files = [{each.id for each in one.attachments} for one in (before, self.message)]
        return before.new_words.strip() == self.message.new_words.strip() and files[0] == files[1]

    @property
    def vouched(self) -> bool:
        """Whether the channel says that all these addresses are the sender's."""
        return self.message.sender.verified == "signature"

    def answered_where_known(self, case: str) -> bool:
        """Whether an answer would go to an address that the case knows, or that belongs to one that it knows by the
        word of the channel. Anybody can write a customer's address into From and their own into Reply-To, or type it
        into a chat: what they say is kept, but no letter of the case goes there (design 10.6)."""
        keys, knows = self.keys, self.knows
        if keys.reply is None or case in knows.by_reply:
            return True
        return self.vouched and keys.reply in keys.correspondents and case in knows.by_correspondent

    def wants_any(self, *kinds: str) -> bool:
        """Whether one of these was found, surely or not."""
        return any(want.kind in kinds for want in self.wants)

    def sure(self, kind: str) -> bool:
        """Whether this was surely found."""
        return any(want.kind == kind and want.sure for want in self.wants)

    def found(self, finding: str, **changes: object) -> Turn:
        """The next Turn, with one more finding."""
        return replace(self, findings=(*self.findings, finding), **changes)  # type: ignore[arg-type]
