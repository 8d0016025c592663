"""What staff find out and write down about a case."""

from __future__ import annotations

from intake_daemon import events
from router.commands.data import Data, Text
from router.commands.doing import Doing
from router.turn import Content, Effects


class Note(Data):
    """A note of the case; the customer never sees it."""

    text: Text
    """What it says."""


def note(doing: Doing, data: Note) -> Effects:
    """A note."""
    added = events.NoteAdded(content=doing.key, by=doing.actor)
    return doing.done(added, contents=(Content(doing.key, "note", data.text),))
