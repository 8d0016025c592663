"""A contact that goes to another case goes whole: every line that was said in one go, what further words in its thread
or conversation are tied by, the reference that its customer was told, and its files by their number.

A conversation is about what was said last in it: it goes with its latest contact. What the contacts that stay are tied
by stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from intake_daemon import events
from intake_daemon.message import Message
from router.commands.doing import Doing, Refused
from router.contact import converses, message_keys
from router.turn import Decided, Keys


@dataclass(frozen=True)
class Moving:
    """One contact of a case, whole."""

    doing: Doing
    lines: tuple[Message, ...]
    """Its parts, the one that brought it to its case first."""

    @property
    def first(self) -> Message:
        """What stands for it."""
        return self.lines[0]

    @property
    def ids(self) -> tuple[str, ...]:
        """Of all its parts."""
        return tuple(each.id for each in self.lines)

    @property
    def parts(self) -> tuple[str, ...]:
        """Ids of the further ones."""
        return self.ids[1:]

    @property
    def files(self) -> int:
        """How many came with it."""
        return sum(len(each.attachments) for each in self.lines)

    @property
    def opened(self) -> bool:
        """Whether its case began with it."""
        return self.doing.case.contact in self.ids

    @property
    def told(self) -> tuple[str, ...]:
        """References that its customer was told of it: they go with it (design 6)."""
        return tuple(each.reference for each in self.lines if each.reference != self.doing.case.reference)

    @cached_property
    def _keys(self) -> tuple[tuple[Message, Keys], ...]:
        return tuple((each, self._keys_of(each)) for each in self.lines)

    def _keys_of(self, message: Message) -> Keys:
        return message_keys(message, self.doing.rules.key, self.doing.rules.brands)

    @cached_property
    def ties(self) -> tuple[str, ...]:
        """By what the thread and the conversation are found, as far as that goes with it."""
        every = self.doing.knows.spoken.get(self.doing.case.id, ())
        stay = [(each, self._keys_of(each)) for _, each in every if each.id not in self.ids]
        theirs = {key for _, keys in stay for key in (*keys.registers, *keys.threads)}
        last = max(each.contact_at for each in self.lines)
        over = {keys.conversation for each, keys in stay if converses(each) and each.contact_at > last}
        found = [
            key
            for _, keys in self._keys
            for key in keys.registers
            if key not in theirs or (key == keys.conversation and key not in over)
        ]
        return tuple(dict.fromkeys(found))

    @property
    def talks(self) -> tuple[str, ...]:
        """Under what is remembered that it was said in one go."""
        return tuple(dict.fromkeys(key for _, keys in self._keys for key in keys.gatherings))

    def moved(self, case: str) -> tuple[tuple[str, str], ...]:
        """Every part belongs to this case from now on."""
        return tuple((each, case) for each in self.ids)

    def away(self, other: str) -> events.ContactMoved:
        """It left its case for the one with this reference."""
        return self._fact(other, away=True)

    def here(self) -> events.ContactMoved:
        """It came from its case."""
        return self._fact(self.doing.case.reference, away=False)

    def _fact(self, other: str, *, away: bool) -> events.ContactMoved:
        return events.ContactMoved(
            message=self.first.id, other=other, away=away, parts=self.parts, attachments=self.files
        )

    def joined(self, lines: tuple[Message, ...], *, verified: bool, part: bool) -> tuple[Decided, ...]:
        """These lines as contacts of the other case: a new one, or further parts."""
        facts = (
            events.ContactJoined(
                message=each.id,
                channel=each.channel,
                received_at=each.received_at,
                by="part" if part else "person",
                verified=verified,
                attachments=len(each.attachments),
                part=part,
            )
            for each in lines
        )
        return tuple(Decided(fact, self.doing.at, self.doing.actor) for fact in facts)


def moving(doing: Doing, message: Message) -> Moving:
    """The contact that this is a line of, whole. Raises Refused for what belongs to another case by now."""
    every = doing.knows.spoken.get(doing.case.id, ((message.id, message),))
    if message.id not in {each.id for _, each in every}:
        raise Refused("not_known", "message")
    of = next((of for of, each in every if each.id == message.id), message.id)
    lines = [each for first, each in every if first == of]
    case = doing.case
    lines.sort(key=lambda each: (each.id != case.contact, each.id != of))
    return Moving(doing, tuple(lines))
