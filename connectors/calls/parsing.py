"""`parse`: the common messages of one delivery. Pure, for any bytes.

`raw.content` is the transcript; `raw.envelope["details"]` what was told beside it, as JSON; `raw.files` its recording.
"""

from __future__ import annotations

from connectors.calls.call import NoCall
from connectors.calls.details import details, details_of
from connectors.calls.drafting import Surroundings, draft, nobody
from connectors.calls.reading import Keys, read
from intake_daemon.contract import Draft, Raw


def parse(raw: Raw, around: Surroundings | None = None, keys: Keys | None = None) -> list[Draft]:
    """What it holds; what cannot be read is one Draft with the remark `unreadable` (the doors park it, and say why)."""
    try:
        return calls_in(raw, around, keys)
    except NoCall:
        return [nobody(raw.content, raw.files)]


def calls_in(raw: Raw, around: Surroundings | None = None, keys: Keys | None = None) -> list[Draft]:
    """What it holds, at least one. Raises NoCall.

    What was told beside belongs to the one call that it is of; of several only the brand can be meant by it."""
    told = details(raw.envelope.get("details", "{}"))
    found = read(raw.content, keys)
    if len(found) > 1:
        told = details("{}")
    around = around or Surroundings()
    return [
        draft(call, details_of({**call.told, **told.said}), around, raw.files if not place else ())
        for place, call in enumerate(found)
    ]
