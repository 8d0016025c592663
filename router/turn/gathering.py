"""What somebody says in one go, as far as it was heard: an album, a call, the lines of a conversation.

Rules
-----
1. Every part is held on its own, with its own id and its own words; the first makes the contact, the others belong to
   it, in whatever order and however late they come.
2. The parts of a group (`part_of`) are one contact whenever they come. The lines of a conversation are one as long as
   no pause is longer than the brand's; by the times that the channel gives, not by those of our queues.
3. Letters that are owed meanwhile wait until it is over, and are rendered from everything that was said.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from pydantic import AwareDatetime

from intake_daemon.message import Message, Value

LISTENED = 50
"""Parts of one contact that are read together; further ones are kept like the others."""


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
