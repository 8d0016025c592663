"""What an input may be tied by, and what its words want."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from router.turn.alike import Signs

SHORT = 40
"""Words of a contact that says one thing: longer ones are read as what else they may be."""


class Want(NamedTuple):
    """One thing that a contact is found to want (router/recognise)."""

    kind: str
    reason: str
    """The rule; nothing of the customer's."""
    sure: bool
    detail: str = ""


@dataclass(frozen=True)
class Keys:
    """What an input may be tied by. All are hashes under the installation's key or ids, nothing personal."""

    contact: str | None = None
    """The message's own id."""
    threads: tuple[str, ...] = ()
    """Under what other contacts of the same thread may have registered."""
    registers: tuple[str, ...] = ()
    """Under what this contact will be found by others of its thread."""
    references: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    """Notices that a valid token, a receipt or a report names."""
    correspondents: tuple[str, ...] = ()
    """The sender's addresses."""
    reply: str | None = None
    """The address that an automatic answer would go to; for the breaker it counts as one of the sender's."""
    talk: tuple[str, ...] = ()
    """Every Message-ID that it has or answers, and its conversation: two contacts of one thread share one of these."""
    signs: Signs = Signs()
    """What it is recognised by when nothing ties it; suggests links only, so it is not locked."""
    command: str | None = None
    """Names the command and who gave it."""
    closes: bool = False
    """Whether it closes a case: then the customer's other cases say whether they may be asked how it was."""
    looked_up: tuple[str, ...] = ()
    """Contacts whose words it needs."""
    files: bool = False
    """Whether it needs the files of the case."""
    moves: bool = False
    """Whether it may give a contact to another case: then all contacts of the case are needed."""
    acts: bool = False
    """It may act on the case: then the contact whose sender is answered is needed, as for a command."""
    group: str | None = None
    """The album, the call, the batch that it is a part of."""
    conversation: str | None = None
    """Where somebody writes line by line (chat, social, sms); a mail has none."""
    theirs: bool = False
    """It may mean a case of the sender's without saying which: how does it stand, I am not satisfied."""

    @property
    def gatherings(self) -> tuple[str, ...]:
        """Under what it may be a part of something that was said before: the surer first."""
        return tuple(key for key in (self.group, self.conversation) if key)

    @property
    def people(self) -> tuple[str, ...]:
        """Every address whose automatic letters count for the breaker."""
        return tuple(dict.fromkeys((*self.correspondents, *([self.reply] if self.reply else []))))

    def locks(self) -> frozenset[str]:
        """Whoever decides on one of these does so alone. Few: PostgreSQL has room for some 6,000 at a time."""
        group = (self.group,) if self.group else ()  # the conversation is among `talk`
        keyed = (("t", self.talk), ("g", group), ("r", self.references), ("n", self.notices), ("c", self.people))
        names = {f"{kind}:{key}" for kind, keys in keyed for key in keys}
        return frozenset(names | ({f"m:{self.contact}"} if self.contact else set()))
