"""What somebody says in one go, as far as it was heard: an album, a call, the lines of a conversation.

Rules
-----
1. Every part is held on its own, with its own id and its own words; the first makes the contact, the others belong to
   it, in whatever order and however late they come.
2. The parts of a group (`part_of`) are one contact whenever they come. The lines of a conversation are one as long as
   no pause is longer than the brand's; by the times that the channel gives, not by those of our queues. So a line that
   comes late belongs to what was said when it was written, and one that fills a gap makes two contacts one.
3. Letters that are owed meanwhile wait until it is over, and are rendered from everything that was said.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

from pydantic import AwareDatetime

from intake_daemon.message import Message, Value

LISTENED = 50
"""Parts of one contact that are read together; further ones are kept like the others."""
EARLIER = 4
"""What a conversation has come to before its latest go, as far as late lines may belong to it."""
LATE = timedelta(hours=1)
"""By so much lines may come out of their order."""


class Pause(NamedTuple):
    """When somebody who writes line by line has finished; both in seconds."""

    silence: float = 20.0
    """Nothing came for so long."""
    longest: float = 180.0
    """Or it has gone on for so long."""


class Gathering(Value):
    """One contact in the making, by the key of its group or of its conversation."""

    key: str
    lines: tuple[str, ...] = ()
    """Ids of its messages, in the order in which they were decided; the first `LISTENED`."""
    began: AwareDatetime
    """`contact_at` of the earliest."""
    last: AwareDatetime
    """`contact_at` of the latest."""
    since: AwareDatetime
    """When the first of them was decided."""
    case: str | None = None
    """None: nothing said so far opened or joined one."""
    opened: bool = False
    """Whether it opened the case; else it adds to one."""
    letters: tuple[str, ...] = ()
    """Notices that wait for its end."""
    over: bool = False
    """The customer pressed a button: what comes next is something else."""
    fresh: bool = False
    """The customer said that the next thing is a new complaint."""
    earlier: tuple[Gathering, ...] = ()
    """What the conversation had come to before, the latest first."""

    @property
    def each(self) -> tuple[Gathering, ...]:
        """This and the earlier ones, the latest first."""
        return (self, *self.earlier)

    def idle(self, since: Gathering, until: Gathering) -> bool:
        """Whether nothing was said between two presses of the button: then the earlier one parts nothing."""
        said = (each.last for each in self.each if not each.over)
        return since.last <= until.last and not any(since.last <= at <= until.last for at in said)

    def placed(self, known: Gathering | None, instead: Iterable[Gathering] = ()) -> Gathering:
        """This among what the conversation had come to, in the place of those that it is made of; the latest leads."""
        if known is None:
            return self.model_copy(update={"earlier": ()})
        gone = {each.lines[:1] for each in instead}
        rest = [
            each
            for each in known.each
            if (each.over or each.lines[:1] not in gone) and not (self.over and each.over and known.idle(each, self))
        ]
        first, *others = sorted((self, *rest), key=lambda each: each.last, reverse=True)
        kept = [each.model_copy(update={"earlier": ()}) for each in others if each.last > first.last - LATE]
        return first.model_copy(update={"earlier": tuple(kept[:EARLIER])})


def whole(first: Message, others: Iterable[Message]) -> Message:
    """Everything as one message, in the order of time, under the id and the address of `first`. An edit takes the place
    of what it edits."""
    parts = sorted({each.id: each for each in (first, *others)}.values(), key=lambda each: each.contact_at)
    if len(parts) == 1:
        return first
    edited = {each.revision_of for each in parts if each.revision_of}
    said = [each for each in parts if each.id not in edited]
    fields: dict[str, object] = {}
    for each in reversed(said):
        fields.update(each.fields)
    named = next((each.sender for each in said if each.sender.name), first.sender)
    files = {file.id: file for each in parts for file in each.attachments}
    return first.model_copy(
        update={
            "contact_at": parts[0].contact_at,
            "received_at": min(each.received_at for each in parts),
            "sender": first.sender if first.sender.name else named,
            "text": "\n".join(words for each in said if (words := each.new_words.strip())),
            "new_text": (),
            "html": "",
            "fields": fields,
            "language": next((each.language for each in said if each.language.chosen), first.language),
            "transcript": first.transcript or next((each.transcript for each in said if each.transcript), None),
            "attachments": tuple(files.values()),
            "remarks": tuple(dict.fromkeys(remark for each in parts for remark in each.remarks)),
            "original": None,
        }
    )
