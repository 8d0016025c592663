"""What is known already when a complaint comes: that the answer falls due before a step on the way to it (C-K2). Pure.

Rules
-----
1. The handler is told at once, with both dates: they will have to name the customer a new one. The warning that the
   policy promises comes in its own time all the same.
2. The customer is told nothing by it: only a new date that a person gives is one.
"""

from __future__ import annotations

from collections.abc import Iterator

from intake_daemon.message import Message
from router.clocks import outrun, running
from router.moments import Moment
from router.owing import Owing
from router.turn import Intent


def foreseen(owing: Owing, message: Message, handler: str) -> Iterator[Intent]:
    """The letters to the handler of a new complaint: the answer's clock, and the steps that may end after it."""
    policy, calendars = owing.rules.policies.brand(message.brand), owing.rules.calendars
    received = Moment("complaint.received", message.contact_at, received_at=message.received_at)
    pairs = outrun(running(policy, (received,), message.contact_at, calendars))
    clocks = dict.fromkeys(state for pair in pairs for state in pair if state.due is not None)
    for state in clocks:
        clock = state.clock
        data = {
            "clock": clock.id,
            "law": "",
            "basis": clock.basis,
            "due": state.due.at.isoformat() if state.due else None,
        }
        yield from owing.staff("warning", [handler], cause=f"{message.id}/{clock.id}/foreseen", data=data)
