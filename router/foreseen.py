"""What is known of a complaint's clocks when it comes, before any of them is looked at again. Pure.

Rules
-----
1. Where the answer falls due before a step on the way to it, the handler is told at once, with both dates: they will
   have to name the customer a new one. The warning that the policy promises comes in its own time all the same (C-K2).
2. Where a colleague passed it on too late, whom the clock names is told, since it ran out before anybody could be
   warned (L-07).
3. The customer is told nothing by it: only a new date that a person gives is one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from intake_daemon.message import Message
from router.clocks import ClockState, outrun, running
from router.moments import Moment
from router.owing import Owing
from router.turn import Intent

_RECEIVED = "complaint.received"


def foreseen(owing: Owing, message: Message, handler: str) -> Iterator[Intent]:
    """The letters to the handler of a new complaint."""
    policy, calendars = owing.rules.policies.brand(message.brand), owing.rules.calendars
    facts = [Moment(_RECEIVED, message.contact_at, received_at=message.received_at)]
    if message.forwarded_by is not None:
        facts.append(Moment("staff.first_contact", message.contact_at, received_at=message.received_at))
    states = running(policy, facts, message.received_at, calendars)
    for state in states:
        if state.clock.until == _RECEIVED and "handler" in state.clock.notify:
            for due in state.breaches:
                yield from _told(owing, message, handler, "breach", state, due)
    clocks = dict.fromkeys(state for pair in outrun(states) for state in pair)
    for state in clocks:
        if state.due is not None:
            yield from _told(owing, message, handler, "warning", state, state.due.at)


def _told(
    owing: Owing, message: Message, handler: str, purpose: str, state: ClockState, due: datetime
) -> Iterator[Intent]:
    data = {"clock": state.clock.id, "law": state.law, "basis": state.clock.basis, "due": due.isoformat()}
    yield from owing.staff(purpose, [handler], cause=f"{message.id}/{state.clock.id}/foreseen", data=data)
