"""How a case ends, and is taken up again."""

from __future__ import annotations

from dataclasses import replace

from intake_daemon import events
from router.commands.data import Comment
from router.commands.doing import Doing
from router.turn import Effects


def erase(doing: Doing, _data: Comment) -> Effects:
    """The contents go; what has not left goes with them."""
    unsent = tuple(row.id for row in doing.waiting if row.state in {"owed", "held"})
    return replace(doing.done(events.CaseErased(by=doing.actor)), erase=True, dropped=unsent)
