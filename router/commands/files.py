"""Files of a case that nobody gets before a person has looked: the infected, and the original that holds them."""

from __future__ import annotations

from intake_daemon import events
from router.commands.data import Data, Name
from router.commands.doing import Doing, Refused
from router.contact import file_of
from router.turn import Effects


class ReleaseFile(Data):
    """A file that is kept locked away."""

    file: Name
    """Its vault id, or its number in the list of the case's files."""


def release_file(doing: Doing, data: ReleaseFile) -> Effects:
    """Lets a file out of quarantine: from now on the readers of the case get it like any other. What was scanned is
    not scanned again, and the original that holds it stays locked until it is released itself."""
    files = doing.knows.files.get(doing.case.id, ())
    found = file_of(files, data.file)
    if found is None:
        locked = [each.id for each in files if each.quarantined]
        raise Refused("not_known", "file", instead=locked)
    if not found.quarantined or found.id in doing.case.released:
        raise Refused("done_before", "file")
    return doing.done(events.FileReleased(file=found.id, message=found.contact, by=doing.actor))
