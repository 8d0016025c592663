"""Notices that are owed: to the customer on the way they came, to staff by mail. Pure; every notice is made here.

Rules
-----
1. The same notice for the same cause has the same id, however often it is decided.
2. To the customer: the address that the contact came from, by the connector that brought it or who sends to such
   addresses; who called, where nobody sends to numbers, at another address of theirs. Nobody to answer (no address, no
   way): no notice; the case says so elsewhere.
3. To staff: by mail in their own language; a role without a person goes to who leads the team.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from intake_daemon.message import Message
from router.case import Case
from router.contact import correspondent
from router.rules import Rules
from router.turn import CONSULTATION, Intent, Turn

_NAMESPACE = uuid.UUID("5f0d2f6e-7b0b-5a52-9f6b-2a51d5a0c9aa")
NOBODY = frozenset({"no_address", "no_way_to_send"})
"""Why nothing goes by itself: there is nobody to write to but by post; for every other reason a person decides."""
Automatic = Literal["replied", "generated", "no"]


def notice_id(purpose: str, cause: str) -> str:
    """The same notice for the same cause, however often it is decided."""
    return str(uuid.uuid5(_NAMESPACE, f"{purpose}/{cause}"))


@dataclass(frozen=True)
class Owing:
    """Makes the notices of one case. `contact`: whose sender is answered, or whose words staff are shown."""

    rules: Rules
    brand: str
    contact: Message | None
    """None: its contents are erased, nobody can be answered."""
    language: str
    """In which the customer is written to."""

    def customer(
        self,
        purpose: str,
        *,
        cause: str,
        sends: str = "",
        automatic: Automatic = "replied",
        data: Mapping[str, Any] | None = None,
        said: str | None = None,
        held: str = "",
        wait: float = 0,
    ) -> Iterator[Intent]:
        """The notice, or none when nobody can be answered."""
        message = self.contact
        if message is None:
            return
        reached = self.rules.reach(message)
        if reached is None:
            return
        way, address = reached
        yield Intent(
            id=notice_id(purpose, cause),
            purpose=purpose,
            cause=cause,
            contact=message.id,
            connector=way,
            recipient=correspondent(self.rules.key, self.brand, address.kind, address.value),
            language=self.language,
            automatic=automatic,
            sends=sends,
            data=dict(data or {}),
            said=said,
            held=held,
            wait=wait,
        )

    def outside(self, whom: str, *, cause: str, said: str) -> Iterator[Intent]:
        """The question to whom the policy consults outside the company; none where no address is known (W-11)."""
        address = self.rules.consults.get(self.brand, {}).get(whom)
        way = self.rules.outgoing[self.brand].get("email")
        if address is None or way is None or self.contact is None:
            return
        yield Intent(
            id=notice_id(CONSULTATION, cause),
            purpose=CONSULTATION,
            cause=cause,
            contact=self.contact.id,
            connector=way,
            staff=whom,
            recipient=correspondent(self.rules.key, self.brand, "email", address),
            language=self.rules.policies.brand(self.brand).languages.default,
            automatic="generated",
            data={"outside": whom},
            said=said,
        )

    def reviewer(self, handler: str, case: Case, *, cause: str) -> Iterator[Intent]:
        """The case, to who looks at it anew, with the answer that was given before (W-20)."""
        for each in self.staff("assignment", [handler], cause=cause):
            yield each.model_copy(update={"said": case.answer}) if case.answer else each

    def staff(
        self,
        purpose: str,
        people: Collection[str],
        *,
        cause: str,
        data: Mapping[str, Any] | None = None,
        said: str | None = None,
    ) -> Iterator[Intent]:
        """One notice to each of these handlers who can be reached."""
        way = self.rules.outgoing[self.brand].get("email")
        if way is None or self.contact is None:
            return
        for handler in dict.fromkeys(people):
            address = self.rules.staff_address(handler)
            if address is None:
                continue
            mark = cause if len(people) == 1 else f"{cause}/{handler}"
            yield Intent(
                id=notice_id(purpose, mark),
                purpose=purpose,
                cause=cause,
                contact=self.contact.id,
                connector=way,
                staff=handler,
                recipient=correspondent(self.rules.key, self.brand, "email", address),
                language=self.rules.staff_language(handler),
                automatic="generated",
                data=dict(data or {}),
                said=said,
            )


def breaker(turn: Turn, rules: Rules) -> str:
    """Which limit of automatic letters this sender, or the case, has reached (router/breaker.py)."""
    in_case = turn.knows.recent_in.get(turn.case.id, ()) if turn.case else ()
    return rules.breakers[turn.message.brand].tripped(turn.now, turn.knows.recent, in_case)


def withheld(turn: Turn, rules: Rules) -> str:
    """Why nothing goes to this sender by itself, or nothing."""
    message = turn.message
    reasons = {
        "no_address": message.reply_to is None or message.reply_to.address is None,
        "no_way_to_send": rules.way(message) is None,
        "named_address": turn.reporter is not None and _confirms(message, rules),
        "imported": "imported" in message.remarks,
        "restored": rules.perhaps_sent(message.contact_at, rules.way(message)),
        "old_contact": turn.now - message.contact_at > timedelta(days=rules.old_after_days),
        "breaker": bool(breaker(turn, rules)),
        "brake": turn.knows.brand_recent >= rules.brakes[message.brand],
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _confirms(message: Message, rules: Rules) -> bool:
    """Whether an address that a colleague only names is written to after a person has said so (L-05 W-02)."""
    rule = rules.policies.brand(message.brand).channels.get("staff")
    return rule is None or rule.named_address == "confirm"
